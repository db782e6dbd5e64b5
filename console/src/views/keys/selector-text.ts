/**
 * The text of a selector, term by term, as the fields beside it change it. The server judges what it means; what is not understood here
 * stays as it is.
 */

/** How a term begins: its name and operator. */
export type TermHead = 'source=' | 'entities=' | 'tag=' | 'temperature=' | 'age>' | 'age<';

/** A space ends a term, unless it stands in quotes, in which a backslash escapes. */
const TERM = /(?:"(?:\\.|[^"\\])*"?|[^\s"])+/gs;
const WORD = /"((?:\\.|[^"\\])*)"|([^,"]+)/gs;

/** What somebody typed: a selector, or else the beginning of keys. */
export function selectorOf(typed: string): string {
  const text = typed.trim();
  return text === '' || /[=<>"]/.test(text) ? text : `prefix=${quoted(text)}`;
}

/** A value as it may stand in a term: in quotes only where it needs them. */
export function quoted(value: string): string {
  return /[\s",]/.test(value) ? `"${value.replace(/[\\"]/g, '\\$&')}"` : value;
}

/** What a term says, as it is written; empty where there is none. */
export function termOf(text: string, head: TermHead): string {
  return (
    termsOf(text)
      .find((term) => term.startsWith(head))
      ?.slice(head.length) ?? ''
  );
}

/** Its values, for people: without quotes where no value has a comma. */
export function shownValue(text: string, head: TermHead): string {
  const written = termOf(text, head);
  const words = [...written.matchAll(WORD)].map(
    ([, inside, bare]) => inside?.replace(/\\(.)/gs, '$1') ?? bare ?? '',
  );
  return words.some((word) => /[,"]/.test(word)) ? written : words.join(', ');
}

/** As somebody wrote it into a field: values with commas between them, quoted by whoever knows how. */
export function writtenValue(shown: string): string {
  if (shown.includes('"')) return shown.trim();
  const words = shown.split(',').map((word) => word.trim());
  return words
    .filter((word) => word !== '')
    .map(quoted)
    .join(',');
}

/** With this term in the place of those that begin so; an empty value takes them away. */
export function withTerm(text: string, head: TermHead, written: string): string {
  const terms = termsOf(text);
  const at = terms.findIndex((term) => term.startsWith(head));
  const kept = terms.filter((term) => !term.startsWith(head));
  if (written !== '') kept.splice(at < 0 ? kept.length : at, 0, head + written);
  return kept.join(' ');
}

function termsOf(text: string): string[] {
  return text.match(TERM) ?? [];
}
