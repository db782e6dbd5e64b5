/** What is wrong with a text that is not YAML, in words for people who do not know its grammar. */
import type { YAMLError } from 'yaml';

export const TOO_DEEP = 'not YAML: it is nested too deeply';

/** What the parser says, by its own words or its code, the first that fits; never with the words that stand there: they may be a secret. */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/^MULTIPLE_DOCS/, 'a second document begins here; keep one'],
  [/call stack/, TOO_DEEP],
  [/^TAG_RESOLVE_FAILED/, 'not YAML: an unknown tag; text that begins with "!" needs quotes'],
  [/^BAD_COLLECTION_TYPE/, 'not YAML: a tag that does not fit what follows; leave it out'],
  [/^BAD_DIRECTIVE|directives-end/, 'not YAML: an unknown directive; a line cannot begin with "%"'],
  [
    /Missing closing 'quote/,
    "not YAML: text in single quotes has no closing one; inside it, ' is written ''",
  ],
  [
    /Missing closing "quote/,
    'not YAML: text in double quotes has no closing one; inside it, " is written \\"',
  ],
  [
    /^BAD_DQ_ESCAPE/,
    'not YAML: an unknown escape; in double quotes a backslash is written \\\\, in single ones as it is',
  ],
  [/^BAD_SCALAR_START/, 'not YAML: text that begins with such a character needs quotes'],
  [/^TAB_AS_INDENT/, 'not YAML: a line is indented by a tab; use spaces'],
  [
    /^MULTILINE_IMPLICIT_KEY/,
    'not YAML: the line before has no ": " in it, or this one is indented where its value has ended',
  ],
  [/Nested mappings/, 'not YAML: a second ": " in a line; text with ": " in it needs quotes'],
  [/block-seq-ind/, 'not YAML: a list begins on a line of its own, below its name'],
  [/flow-(?:seq|map)-end/, 'not YAML: a ] or } that nothing opens; text that begins with one needs quotes'],
  [/Implicit map keys need/, 'not YAML: a name without ": " and a value behind it'],
  [/^BLOCK_AS_IMPLICIT_KEY/, 'not YAML: a list cannot stand in the place of a name'],
  [
    /[Ff]low (?:map|sequence).*(?:end with|must)/,
    'not YAML: a { or [ that is not closed, or whose lines are not indented',
  ],
  [/Unexpected empty item|Unexpected , /, 'not YAML: a comma with nothing before it'],
  [/Missing , /, 'not YAML: a comma is missing between the items of { } or [ ]'],
  [/Missing space after :/, 'not YAML: a space is missing behind a colon'],
  [/^BLOCK_IN_FLOW/, 'not YAML: lines with "-" or indentation cannot stand inside of { } or [ ]'],
  [/Sequence item without -/, 'not YAML: a line of a list begins with "- "'],
  [/^BAD_INDENT/, 'not YAML: the line is not indented as the others of its list or map'],
  [
    /Comments must be separated/,
    'not YAML: a comment needs a space before its #; text with a # in it needs quotes',
  ],
  [
    /^(?:BAD_ALIAS|ALIAS_PROPS|MULTIPLE_ANCHORS|BAD_PROP_ORDER|MULTIPLE_TAGS)|Tags and anchors/,
    'not YAML: an anchor, alias or tag that is incomplete or misplaced; text that begins with "&", "*" or "!" needs quotes',
  ],
  [/^KEY_OVER_1024_CHARS/, 'not YAML: a name of more than 1,024 characters'],
  [
    /Block scalar header/,
    'not YAML: behind | or > nothing else stands on the line; text that begins so needs quotes',
  ],
  [
    /at node end/,
    'not YAML: something stands behind a value that has ended; text with quotes or brackets in it needs quotes around it',
  ],
];

/** Says also of what the text has there that our own grammar adds. */
export function faultWords({ code, message, pos }: YAMLError, text: string): string {
  if (text[pos[0]] === '{' && text[pos[0] - 1] === '$') {
    return 'not YAML: a substitution inside of { } or [ ] needs quotes around it';
  }
  const said = `${code} ${message}`;
  const found = MEANINGS.find(([pattern]) => pattern.test(said))?.[1];
  return found ?? 'not YAML: what stands here cannot stand here; see the line before it as well';
}
