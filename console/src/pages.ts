/**
 * Long lists, page by page. Changes have the first page loaded again, where the newest stand; what was seen before stays below it. Rows
 * keep their place, and none comes twice. What is far away is loaded in large pages, as long as it is looked at.
 */
import { type Signal, useSignal } from '@preact/signals';
import { useCallback, useEffect, useMemo, useRef } from 'preact/hooks';
import type { ApiClient, ApiError } from '../../src/api-client/client.ts';
import type { Topic } from './live.ts';
import { asApiError } from './loader.ts';
import { type Query, useQuery } from './query.ts';
import { client } from './session.ts';

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Of the next page; null: this is the last one. */
  readonly cursor: string | null;
  /** All there are, where the server says so. */
  readonly total?: number;
  /** Of a filtered list, where the server says so: what is older than that was not looked at; null: all was. */
  readonly lookedBackTo?: number | null;
}

/** `least`: rows that the page is to have at least; else as many as usual. */
export type LoadPage<Row> = (
  api: ApiClient,
  cursor: string | undefined,
  signal: AbortSignal,
  least: number | undefined,
) => Promise<Page<Row>>;

export interface Pages<Row> {
  readonly first: Query<Page<Row>>;
  readonly rows: readonly Row[];
  readonly total: number | undefined;
  /** How far the last page came, where the server says so. */
  readonly lookedBackTo: number | null | undefined;
  /** Loads the next page; undefined: there is none. */
  readonly more: (() => void) | undefined;
  /** Loads pages until there are so many rows, or until others are wanted. */
  readonly reach: (rows: number) => void;
  /** Why the last of them did not come. */
  readonly error: ApiError | undefined;
}

interface Older<Row> {
  readonly key: string;
  readonly rows: readonly Row[];
  /** Undefined before the second page. */
  readonly cursor?: string | null;
  readonly lookedBackTo?: number | null | undefined;
  readonly error?: ApiError;
}

export function usePages<Row>(
  key: string,
  topics: readonly Topic[],
  idOf: (row: Row) => string,
  load: LoadPage<Row>,
): Pages<Row> {
  const first = useQuery(key, topics, (api, signal) => load(api, undefined, signal, undefined));
  const older = useSignal<Older<Row>>({ key, rows: [] });
  const known: Older<Row> = older.value.key === key ? older.value : { key, rows: [] };
  const { data } = first;
  const rows = useMemo(() => merged(data?.rows ?? [], known.rows, idOf), [data, known.rows]);
  // What moves out of the first page stays.
  useEffect(() => {
    if (data !== undefined) older.value = { ...known, rows };
  }, [data]);
  const last = known.cursor === undefined ? data : known;
  const cursor = last?.cursor ?? null;
  const reach = useReach({ older, key, load, idOf, known: { rows: rows.length, cursor } });
  const more = useCallback(() => reach(rows.length + 1), [reach, rows.length]);
  const { error } = known;
  const [total, lookedBackTo] = [data?.total, last?.lookedBackTo];
  return { first, rows, total, lookedBackTo, more: cursor === null ? undefined : more, reach, error };
}

interface ReachOf<Row> {
  readonly older: Signal<Older<Row>>;
  readonly key: string;
  readonly idOf: (row: Row) => string;
  readonly load: LoadPage<Row>;
  /** What is loaded, and where it goes on. */
  readonly known: { readonly rows: number; readonly cursor: string | null };
}

/** One page at a time, and not after its view is gone. */
function useReach<Row>(of: ReachOf<Row>): (rows: number) => void {
  const { older, key } = of;
  const latest = useRef(of);
  latest.current = of;
  const busy = useRef(false);
  const wanted = useRef(0);
  const leaving = useMemo(() => new AbortController(), [key]);
  useEffect(() => () => leaving.abort(), [leaving]);
  return useCallback(
    (rows) => {
      wanted.current = rows;
      if (busy.current) return;
      busy.current = true;
      loadUpTo(wanted, latest.current, leaving.signal)
        .catch((thrown: unknown) => {
          if (!leaving.signal.aborted) older.value = { ...older.peek(), error: asApiError(thrown) };
        })
        .finally(() => {
          busy.current = false;
        });
    },
    [key, leaving],
  );
}

/** Rows of a page on the way to what is further away than so many. */
const FAR = 5_000;

async function loadUpTo<Row>(
  wanted: { readonly current: number },
  { older, key, idOf, load, known }: ReachOf<Row>,
  signal: AbortSignal,
): Promise<void> {
  let { rows, cursor } = known;
  while (cursor !== null && rows < wanted.current) {
    const least = wanted.current - rows > FAR ? FAR : undefined;
    const page: Page<Row> = await load(client.peek(), cursor, signal, least);
    const before = older.peek();
    const kept = before.key === key ? before.rows : [];
    const { lookedBackTo } = page;
    older.value = { key, rows: merged(kept, page.rows, idOf), cursor: page.cursor, lookedBackTo };
    rows += page.rows.length;
    cursor = page.cursor;
    // As far as the server looks at once: whether it is to look further is for somebody to say.
    if (lookedBackTo !== undefined && page.rows.length === 0) return;
  }
}

function merged<Row>(
  upper: readonly Row[],
  lower: readonly Row[],
  idOf: (row: Row) => string,
): readonly Row[] {
  const ids = new Set(upper.map(idOf));
  return [...upper, ...lower.filter((row) => !ids.has(idOf(row)))];
}
