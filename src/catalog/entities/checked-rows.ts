/** Judges the rows of an entity set, and gives those that are good in pages. */
import type { Clock } from '../../core/clock.ts';
import { counted } from '../../core/counted.ts';
import { quote } from '../../core/quote.ts';
import type { Params } from '../../core/source.ts';
import { Breath } from '../../flow/breath.ts';
import { type EntitySetOptions, idsOf, mostRowsOf, neededColumns } from './options.ts';
import { BadRow, type Row, type Rows } from './row.ts';

/** Rows per page. */
const PAGE = 1_000;
/** Bad rows that are named; the others are counted. */
const NAMED = 10;
/** Columns that are named where one is missing, and characters of each. */
const NAMED_COLUMNS = 30;
const LONGEST_NAME = 80;
/** What no name of a thing holds, and what programs behind a URL or a log take for something else. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

export interface RowsReport {
  /** Rows that can be used. */
  readonly good: number;
  readonly bad: number;
  /** Rows without any value. */
  readonly blank: number;
  /** The first bad rows, each with its place. */
  readonly problems: readonly string[];
}

export function checkColumns(options: EntitySetOptions, found: readonly string[]): void {
  for (const [role, wanted] of neededColumns(options)) {
    if (found.includes(wanted)) continue;
    throw new Error(`has no column "${wanted}" (its ${role}); it has ${columnsWords(found)}`);
  }
}

function columnsWords(names: readonly string[]): string {
  if (names.length === 0) return 'no columns';
  const named = names
    .slice(0, NAMED_COLUMNS)
    .map((name) => (name.length <= LONGEST_NAME ? name : quote(name)));
  if (names.length > NAMED_COLUMNS) named.push(`and ${names.length - NAMED_COLUMNS} more`);
  return named.join(', ');
}

/** Good rows in pages, then what there is to say of all. With `badRows: refuse` no page comes after a bad row. */
export async function* pagesOf(
  options: EntitySetOptions,
  rows: Rows,
  clock: Clock,
): AsyncGenerator<readonly Params[], RowsReport> {
  const judge = new Judge(options);
  // Batches that are in memory already come one after the other.
  const breath = new Breath({ clock });
  let page: Params[] = [];
  for await (const batch of rows.batches) {
    for (const row of batch) {
      const params = judge.see(row);
      if (params !== undefined) page.push(params);
      if (page.length < PAGE) continue;
      if (judge.usable) yield page;
      page = [];
    }
    if (breath.isDue) await breath.take();
  }
  if (page.length > 0 && judge.usable) yield page;
  if (judge.good === 0 && rows.hasHeader) checkColumns(options, await rows.columns());
  return judge.report(rows);
}

/** What tells a good row from the others of its set: no value of an id has a control character in it. */
export function idOf(ids: readonly string[], params: Params): string {
  return ids.map((column) => params[column]).join('\n');
}

interface Fault {
  readonly index: number;
  readonly problem: string;
  /** The index of the row that has the same id. */
  readonly first?: number;
}

class Judge {
  readonly #options: EntitySetOptions;
  readonly #ids: readonly string[];
  readonly #most: number;
  /** The index of the row with this id. */
  readonly #indexes = new Map<string, number>();
  readonly #faults: Fault[] = [];
  #index = -1;
  #bad = 0;
  #blank = 0;

  constructor(options: EntitySetOptions) {
    this.#options = options;
    this.#ids = idsOf(options);
    this.#most = mostRowsOf(options);
  }

  /** Whether what was good so far may be used. */
  get usable(): boolean {
    return this.#bad === 0 || this.#options.badRows === 'skip';
  }

  get good(): number {
    return this.#indexes.size;
  }

  /** The row, if it is good. Throws where there are more than the set may have. */
  see(row: Row): Params | undefined {
    this.#index += 1;
    if (this.#index === this.#most)
      throw new Error(`has more than ${counted(this.#most, 'row')}; say \`maxRows\` where they are meant`);
    if (row === undefined) this.#blank += 1;
    else if (row instanceof BadRow) this.#blame(row.problem);
    else return this.#seeParams(row);
    return undefined;
  }

  #seeParams(params: Params): Params | undefined {
    if (this.good === 0) checkColumns(this.#options, Object.keys(params));
    for (const column of this.#ids) {
      const value = params[column] ?? '';
      if (value === '') return this.#blame(`"${column}" is empty`);
      if (CONTROL.test(value)) return this.#blame(`"${column}" has a control character in it`);
    }
    const id = idOf(this.#ids, params);
    const first = this.#indexes.get(id);
    if (first !== undefined) return this.#blame(`${this.#words(params)} stands twice`, first);
    this.#indexes.set(id, this.#index);
    return params;
  }

  #words(params: Params): string {
    return this.#ids.map((column) => `${column} ${quote(params[column])}`).join(', ');
  }

  #blame(problem: string, first?: number): undefined {
    this.#bad += 1;
    if (this.#faults.length >= NAMED) return;
    this.#faults.push({ index: this.#index, problem, ...(first !== undefined && { first }) });
  }

  async report(rows: Rows): Promise<RowsReport> {
    const counts = { good: this.good, bad: this.#bad, blank: this.#blank };
    if (this.#bad === 0) return { ...counts, problems: [] };
    const indexes = this.#faults.flatMap(({ index, first = index }) => [index, first]);
    const places = await rows.placesOf(new Set(indexes));
    const problems = this.#faults.map(({ index, problem, first }) => {
      const more = first === undefined ? '' : `, first in ${places.get(first)}`;
      return `${places.get(index)}: ${problem}${more}`;
    });
    return { ...counts, problems };
  }
}

/** `3 of 40 rows are wrong: line 3: ..., line 5: ...`. */
export function badRowsWords({ good, bad, problems }: RowsReport): string {
  const [only] = problems;
  if (bad === 1 && only !== undefined) return only;
  const more = bad > problems.length ? `; and ${bad - problems.length} more` : '';
  return `${bad} of ${good + bad} rows are wrong: ${problems.join('; ')}${more}`;
}
