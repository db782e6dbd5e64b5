/**
 * A list out of a database: one query, read by a cursor inside one transaction that cannot write. So all rows are of one moment, and
 * no more of them than the limits allow are ever in memory.
 */

import type { Clock } from '../../core/clock.ts';
import { counted } from '../../core/counted.ts';
import { messageOf, OriginError } from '../../core/errors.ts';
import type { ListLimits } from '../../core/list.ts';
import { formatSize } from '../../core/units.ts';
import { Breath } from '../../flow/breath.ts';
import type { ListAnswer, ListPages, ListRequest } from '../origin.ts';
import type { Rows } from './answer.ts';
import { sqlListOptions } from './list-options.ts';
import { paramOfText } from './text.ts';

/** Rows per fetch: a round trip each, and so many in memory twice. */
const BATCH = 2_000;
/** The next rows of the cursor. */
const FETCH = `FETCH FORWARD ${BATCH} FROM forewarm_list`;

/** Runs a statement on one connection. */
export type RunStatement = (text: string) => Promise<Rows>;

/** The whole list is one page, since pages of a query would be of several moments. */
export function sqlListPages(
  list: ListRequest,
  clock: Clock,
  onConnection: <T>(work: (run: RunStatement) => Promise<T>, signal: AbortSignal) => Promise<T>,
): ListPages {
  const { query } = sqlListOptions.parse(list.options);
  return { next: (signal) => onConnection((run) => readAll(run, query, list.limits, clock), signal) };
}

async function readAll(
  run: RunStatement,
  query: string,
  limits: ListRequest['limits'],
  clock: Clock,
): Promise<ListAnswer> {
  await run('BEGIN READ ONLY');
  await run(`DECLARE forewarm_list NO SCROLL CURSOR FOR ${query}`);
  const rows: Readonly<Record<string, string>>[] = [];
  const breath = new Breath({ clock });
  let bytes = 0;
  for (;;) {
    const batch = await run(FETCH);
    const names = namesOf(batch);
    for (const row of batch.rows) {
      bytes += sizeOf(row);
      rows.push(paramsOf(names, row));
      if (breath.isDue) await breath.take();
    }
    checkLimits(rows.length, bytes, limits);
    if (batch.rows.length < BATCH) break;
  }
  await run('COMMIT');
  return { kind: 'page', rows, bytes, isLast: true, validators: undefined };
}

interface Column {
  readonly name: string;
  readonly type: number;
}

function paramsOf(
  columns: readonly Column[],
  row: readonly (string | null)[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(columns.map(({ name, type }, i) => [name, paramOf(name, type, row[i] ?? null)]));
}

function paramOf(name: string, type: number, text: string | null): string {
  try {
    return paramOfText(type, text);
  } catch (cause) {
    throw new OriginError('permanent', `column "${name}": ${messageOf(cause)}`, { cause });
  }
}

function namesOf({ fields }: Rows): { readonly name: string; readonly type: number }[] {
  const repeated = fields.find(({ name }, i) => fields.findIndex((field) => field.name === name) !== i);
  if (repeated === undefined) return fields.map(({ name, dataTypeID: type }) => ({ name, type }));
  throw new OriginError('permanent', `the query has two columns "${repeated.name}"; name one with AS`);
}

function sizeOf(row: readonly (string | null)[]): number {
  return row.reduce((sum, text) => sum + (text === null ? 0 : Buffer.byteLength(text)), 0);
}

function checkLimits(rows: number, bytes: number, most: Pick<ListLimits, 'rows' | 'bytes'>): void {
  const why =
    rows > most.rows
      ? `${counted(most.rows, 'row')} (maxRows)`
      : bytes > most.bytes
        ? `${formatSize(most.bytes)} (maxSize)`
        : undefined;
  if (why !== undefined) throw new OriginError('permanent', `the query gives more than ${why}`);
}
