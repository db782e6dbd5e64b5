/**
 * The written form of a selector: terms, separated by spaces, in any order.
 *
 *     source=profile,quote  entities=markets  tag=market:7  key=a,b  prefix=profile:5  temperature=hot  age>1h  age<7d
 *
 * Values of one term are separated by commas; each name occurs once. A value that contains a space, a comma or a quote is
 * put in double quotes, in which a backslash escapes the next character. The empty text selects everything.
 */
import { count, counted } from '../counted.ts';
import { ForewarmError } from '../errors.ts';
import { nearestWord } from '../nearest.ts';
import { quote } from '../quote.ts';
import { TEMPERATURES, type Temperature } from '../source.ts';
import { formatDuration, parseDuration, UnitError } from '../units.ts';
import { includesWord, startsWithOne } from '../word-lists.ts';
import type { Selector } from './selector.ts';
import { quoted, type Term, termsOf, wordsOf } from './selector-text.ts';

/** The written name of each list, in canonical order. */
const LISTS = [
  ['source', 'sources'],
  ['entities', 'entities'],
  ['tag', 'tags'],
  ['key', 'keys'],
  ['prefix', 'prefixes'],
  ['temperature', 'temperatures'],
] as const satisfies readonly (readonly [string, keyof Selector])[];

const AGES = [
  ['age>', 'olderThan'],
  ['age<', 'youngerThan'],
] as const satisfies readonly (readonly [string, keyof Selector])[];

/** The most values of one term. */
const MOST_VALUES = 100_000;

/** Reserved for terms that are planned. */
const LATER: readonly string[] = ['near', 'radius'];
const NAMES: readonly string[] = [...LISTS.map(([name]) => name), 'age'];

type List = (typeof LISTS)[number][1];
type Age = (typeof AGES)[number][1];

interface Draft {
  readonly lists: Map<List, readonly string[]>;
  readonly ages: Map<Age, number>;
}

/**
 * The selector of a text, or of the words of a command line, which are taken as if joined by spaces. Repeated values
 * count once. Throws E_SELECTOR_INVALID, quoting the term and its position.
 */
export function parseSelector(input: string | readonly string[]): Selector {
  const text = typeof input === 'string' ? input : input.join(' ');
  const draft: Draft = { lists: new Map(), ages: new Map() };
  for (const term of termsOf(text)) {
    if (!term.closed) throw termError(term, 'a quote is not closed');
    readTerm(draft, term);
  }
  return {
    sources: draft.lists.get('sources') ?? [],
    entities: draft.lists.get('entities') ?? [],
    tags: draft.lists.get('tags') ?? [],
    keys: draft.lists.get('keys') ?? [],
    prefixes: draft.lists.get('prefixes') ?? [],
    temperatures: (draft.lists.get('temperatures') ?? []).map(temperatureOf),
    olderThan: draft.ages.get('olderThan'),
    youngerThan: draft.ages.get('youngerThan'),
  };
}

/** The canonical text: terms in the grammar's order, quotes only where needed. `parseSelector` reads it back to an equal selector. */
export function formatSelector(selector: Selector): string {
  const lists = LISTS.filter(([, list]) => selector[list].length > 0).map(
    ([name, list]) => `${name}=${selector[list].map(quoted).join(',')}`,
  );
  const ages = AGES.flatMap(([name, age]) => {
    const ms = selector[age];
    return ms === undefined ? [] : [name + formatDuration(ms)];
  });
  return [...lists, ...ages].join(' ');
}

type Values = string | readonly string[] | undefined;

/** A selector as the configuration writes it: a list may be one word, ages are in milliseconds. */
export interface SelectorObject {
  readonly sources?: Values;
  readonly entities?: Values;
  readonly tags?: Values;
  readonly keys?: Values;
  readonly prefixes?: Values;
  readonly temperatures?: Values;
  readonly olderThan?: number | undefined;
  readonly youngerThan?: number | undefined;
}

/** The selector of its object form. Throws E_SELECTOR_INVALID, naming the member. */
export function selectorFromObject(object: SelectorObject): Selector {
  const list = (member: List): readonly string[] => {
    const values = object[member] ?? [];
    const all = unique(typeof values === 'string' ? [values] : values);
    if (all.includes('')) throw invalid(`selector member "${member}": a value is empty`, { member });
    if (all.length > MOST_VALUES) {
      throw invalid(
        `selector member "${member}": ${counted(all.length, 'value')}; ${MOST_VALUES} are allowed`,
        {
          member,
        },
      );
    }
    return all;
  };
  const age = (member: Age): number | undefined => {
    const ms = object[member];
    if (ms === undefined || (Number.isSafeInteger(ms) && ms >= 0)) return ms;
    throw invalid(`selector member "${member}": ${quote(ms)} is not a number of milliseconds`, { member });
  };
  return {
    sources: list('sources'),
    entities: list('entities'),
    tags: list('tags'),
    keys: list('keys'),
    prefixes: list('prefixes'),
    temperatures: list('temperatures').map(temperatureOf),
    olderThan: age('olderThan'),
    youngerThan: age('youngerThan'),
  };
}

/** Whether the selector names nothing, and so selects everything. */
export function isEverything(selector: Selector): boolean {
  const ages = AGES.every(([, age]) => selector[age] === undefined);
  return ages && LISTS.every(([, list]) => selector[list].length === 0);
}

/** Whether the keys that it names are all that it selects: they need not be in any entity set. */
export function namesKeysAlone({ keys, entities }: Selector): boolean {
  return keys.length > 0 && entities.length === 0;
}

/** Whether keys of a source can be selected, by its name and temperature. */
export function selectsSource(
  selector: Selector,
  { name, temperature }: { readonly name: string; readonly temperature: Temperature | undefined },
): boolean {
  const { sources, temperatures } = selector;
  const isOf = temperatures.length === 0 || (temperature !== undefined && temperatures.includes(temperature));
  return isOf && (sources.length === 0 || includesWord(sources, name));
}

/** Whether one of these tags is among those that the selector asks for; always true when it asks for none. */
export function selectsTags(selector: Selector, tags: readonly string[]): boolean {
  return selector.tags.length === 0 || tags.some((tag) => includesWord(selector.tags, tag));
}

/** Whether a key passes the `key` and `prefix` terms. The other terms are not about the key's text. */
export function selectsKey(selector: Selector, key: string): boolean {
  return (
    (selector.keys.length === 0 || includesWord(selector.keys, key)) &&
    (selector.prefixes.length === 0 || startsWithOne(selector.prefixes, key))
  );
}

function readTerm(draft: Draft, term: Term): void {
  const [, name = '', operator = '', rest = ''] = /^([^=<>"]*)([=<>])(.*)$/s.exec(term.text) ?? [];
  if (operator === '') throw termError(term, wordAdvice(term.text));
  if (!NAMES.includes(name)) throw termError(term, nameAdvice(name));
  const age = AGES.find(([written]) => written === name + operator)?.[1];
  const list = LISTS.find(([written]) => written === name)?.[1];
  if (age !== undefined) readAge(draft, term, age, rest);
  else if (list === undefined) throw termError(term, 'age is compared with > or <, such as age>1h');
  else if (operator === '=') readList(draft, term, list, rest);
  else throw termError(term, `${name} is written with =, such as ${name}=a,b`);
}

function readAge(draft: Draft, term: Term, age: Age, text: string): void {
  if (draft.ages.has(age)) throw termError(term, 'this comparison occurs twice; keep one of them');
  try {
    draft.ages.set(age, parseDuration(text));
  } catch (error) {
    if (error instanceof UnitError) throw termError(term, error.message);
    throw error;
  }
}

function readList(draft: Draft, term: Term, list: List, text: string): void {
  if (draft.lists.has(list)) {
    throw termError(term, 'this name occurs twice; separate the values of one term with commas');
  }
  const values = valuesOf(term, text);
  if (list === 'temperatures') {
    const wrong = values.find((value) => !isTemperature(value));
    if (wrong !== undefined) throw termError(term, temperatureAdvice(wrong));
  }
  draft.lists.set(list, values);
}

function valuesOf(term: Term, text: string): readonly string[] {
  const words = wordsOf(text, MOST_VALUES + 1) ?? refuseQuote(term);
  if (words.length > MOST_VALUES) {
    throw termError(term, `it has more than ${count(MOST_VALUES)} values; use several selectors`);
  }
  const values = unique(words);
  if (values.includes('')) throw termError(term, 'a value is empty');
  return values;
}

function refuseQuote(term: Term): never {
  throw termError(term, 'a value contains a quote; put the whole value in quotes');
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

function isTemperature(word: string): word is Temperature {
  return TEMPERATURES.some((temperature) => temperature === word);
}

function temperatureOf(word: string): Temperature {
  if (isTemperature(word)) return word;
  throw invalid(`selector: ${temperatureAdvice(word)}`, { temperature: word });
}

function temperatureAdvice(word: string): string {
  return `"${brief(word)}" is not a temperature; there are ${TEMPERATURES.join(', ')}`;
}

function wordAdvice(word: string): string {
  return `a term is a name, an operator and values, such as source=${/^[\w-]{1,40}$/.test(word) ? word : 'profile'}`;
}

function nameAdvice(name: string): string {
  if (LATER.includes(name)) return `selecting by ${name} is not supported yet; there are ${NAMES.join(', ')}`;
  const near = nearestWord(name, NAMES);
  const advice = near === undefined ? `there are ${NAMES.join(', ')}` : `did you mean "${near}"?`;
  return `"${brief(name)}" is not a term of a selector; ${advice}`;
}

/** Enough of a text to recognise it. */
function brief(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}

function termError(term: Term, problem: string): ForewarmError {
  const { text, position } = term;
  return invalid(`selector term "${brief(text)}" at character ${position}: ${problem}`, {
    term: brief(text),
    position,
  });
}

function invalid(message: string, details: Readonly<Record<string, unknown>>): ForewarmError {
  return new ForewarmError('E_SELECTOR_INVALID', message, { details });
}
