/** What the rows of an entity set are to the sources that they feed: which give no key, and which give one that cannot be asked for. */
import { badRowsWords } from '../../catalog/entities/checked-rows.ts';
import type { EntitySets } from '../../catalog/entities/entities.ts';
import { counted, countedWith } from '../../core/counted.ts';
import { quote } from '../../core/quote.ts';
import { isFedBy, type Params, type Source } from '../../core/source.ts';
import type { Settings } from '../settings.ts';
import type { SurveyNote } from './schedule-notes.ts';

/** Rows that are named of those that cannot be asked for; the others are counted. */
const NAMED = 10;

export interface RowFindings {
  /** Rows that fail whenever they are warmed. */
  readonly problems: readonly SurveyNote[];
  readonly notes: readonly SurveyNote[];
}

/** Rejects where the set cannot be read. */
export async function rowFindings(
  { sources }: Pick<Settings, 'sources'>,
  entities: EntitySets,
  name: string,
  columns: readonly string[],
  signal: AbortSignal,
): Promise<RowFindings> {
  const path = `entities.${name}`;
  const looks = [...sources.values()]
    .filter((source) => isFedBy(source, columns))
    .map((source) => new SourceLook(source));
  let rows = 0;
  for await (const page of entities.load(name, signal)) {
    rows += page.length;
    for (const look of looks) for (const row of page) look.see(row);
  }
  const { bad, blank, ...report } = await entities.survey(name, signal);
  const notes = [
    ...(rows === 0 ? ['has no rows'] : []),
    ...(blank > 0
      ? [
          `${countedWith(blank, 'row', ['has', 'have'])} no value at all, and ${blank === 1 ? 'is' : 'are'} left out`,
        ]
      : []),
    ...(bad > 0 ? [`left out: ${badRowsWords({ bad, blank, ...report })}`] : []),
    ...(looks.length === 0 ? [`its columns (${columns.join(', ')}) fill no source's key`] : []),
    ...looks.flatMap((look) => look.note(rows) ?? []),
  ];
  const refused = looks.flatMap((look) => look.problem(rows) ?? []);
  // A run leaves out what it is to skip, and fails with the others.
  const leavesOut = entities.skipsBadRows(name);
  const problems = leavesOut ? [] : refused;
  if (leavesOut) notes.push(...refused.map((words) => `left out: ${words}`));
  const at = (messages: readonly string[]) => messages.map((message) => ({ path, message }));
  return { problems: at(problems), notes: at(notes) };
}

/** What a source makes of the rows that feed it. */
class SourceLook {
  readonly #source: Source;
  #unkeyed = 0;
  #refused = 0;
  readonly #named: { readonly words: string; readonly refusal: string }[] = [];

  constructor(source: Source) {
    this.#source = source;
  }

  see(row: Params): void {
    if (this.#source.key.keyOf(row) === undefined) {
      this.#unkeyed += 1;
      return;
    }
    const refusal = this.#source.refusal(row);
    if (refusal === undefined) return;
    this.#refused += 1;
    if (this.#named.length >= NAMED) return;
    const words = this.#source.key.names.map((param) => `${param} ${quote(row[param])}`).join(', ');
    this.#named.push({ words, refusal });
  }

  note(rows: number): string | undefined {
    if (this.#unkeyed === 0) return undefined;
    const lack = this.#unkeyed === 1 ? 'lacks' : 'lack';
    return `${this.#unkeyed} of ${counted(rows, 'row')} ${lack} a value of the key of source "${this.#source.name}"`;
  }

  problem(rows: number): string | undefined {
    if (this.#refused === 0) return undefined;
    const byReason = Map.groupBy(this.#named, ({ refusal }) => refusal);
    const reasons = [...byReason].map(
      ([refusal, named]) => `${named.map(({ words }) => words).join('; ')}: ${refusal}`,
    );
    if (this.#refused > this.#named.length) reasons.push(`and ${this.#refused - this.#named.length} more`);
    return `${this.#refused} of ${counted(rows, 'row')} cannot be asked for by source "${this.#source.name}": ${reasons.join('; ')}`;
  }
}
