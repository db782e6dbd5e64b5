import { count } from '../../core/counted.ts';
import { messageOf } from '../../core/errors.ts';
import { textOfScalar } from '../../core/exact-json.ts';
import { paramText, wholeText } from '../../core/param-text.ts';
import type { Params } from '../../core/source.ts';

/** Of one row, in characters: a quote that nothing closes makes one of all that follows. */
export const LONGEST_ROW = 2 ** 20;
/** Of a table, where the line is the one in which that was seen. */
export const TOO_LONG_ROW = `its row has more than ${count(LONGEST_ROW)} characters; a quote before may not be closed`;
/** Columns of a row, or of a header. */
export const MOST_COLUMNS = 10_000;

const TOO_MANY_COLUMNS = `has more than ${count(MOST_COLUMNS)} columns`;

/** Throws where nobody means so many. */
export function checkCount(columns: number): void {
  if (columns > MOST_COLUMNS) throw new Error(TOO_MANY_COLUMNS);
}

/** The first name that stands there already. */
export function doubled(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}

/** A row that cannot be used, and why. */
export class BadRow {
  readonly problem: string;

  constructor(problem: string) {
    this.problem = problem;
  }
}

/** Undefined is a row without any value, as spreadsheets leave them: it does not count. */
export type Row = Params | BadRow | undefined;

/** What an entity set is read from. Rows come in batches of any size, in order: one by one they would cost more than reading them. */
export interface Rows {
  /** Whether columns are named even where there is no row. */
  readonly hasHeader: boolean;
  readonly batches: AsyncGenerator<readonly Row[]>;
  /** The params that rows have, without reading on. */
  readonly columns: () => Promise<readonly string[]>;
  /** Where the rows with these indexes stand, for messages: `line 3`, `item 2`. May have to look for them. */
  readonly placesOf: (indexes: ReadonlySet<number>) => Promise<ReadonlyMap<number, string>>;
}

/** The rows of a list that was read whole. */
export interface KeptRows {
  /** Another one for other rows. */
  readonly version: string;
  readonly batches: readonly (readonly Row[])[];
  /** Of all rows: not each has a member for each of them. */
  readonly columns: readonly string[];
}

/**
 * The params of a flat object: text, numbers and booleans as text, nothing as "". The numbers of what was parsed are as they were
 * written (`exact-json.ts`); those that a program gives may have lost digits.
 */
export function paramsFrom(value: unknown, textOf: TextOf = textOfParsed): Params | BadRow {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return new BadRow('is not an object with a member per column');
  }
  const members = Object.entries(value);
  if (members.length > MOST_COLUMNS) return new BadRow(TOO_MANY_COLUMNS);
  const params: Record<string, string> = {};
  for (const [name, member] of members) {
    try {
      params[name] = textOf(member);
    } catch (error) {
      return new BadRow(`"${name}" ${messageOf(error)}`);
    }
  }
  return params;
}

/** Throws an `Error` that says what is wrong. */
type TextOf = (member: unknown) => string;

function textOfParsed(member: unknown): string {
  const text = textOfScalar(member);
  return text === undefined ? paramText(member) : wholeText(text);
}

/** Rows of which the first is looked for that has columns: there may be no end of bad ones. */
const MOST_LOOKED_AT = 100_000;

/** The columns of the first row that has some; none where the first rows have none. */
export async function columnsOfFirst(batches: AsyncGenerator<readonly Row[]>): Promise<readonly string[]> {
  let seen = 0;
  for await (const batch of batches) {
    seen += batch.length;
    if (seen > MOST_LOOKED_AT) break;
    const first = batch.find((row) => row !== undefined && !(row instanceof BadRow));
    if (first !== undefined) return Object.keys(first);
  }
  return [];
}

/** Places of rows that are numbered by themselves. */
export function numbered(word: string): Rows['placesOf'] {
  return async (indexes) => new Map([...indexes].map((index) => [index, `${word} ${index + 1}`]));
}
