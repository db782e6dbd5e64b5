/**
 * Long lists, page by page. Changes have the first page loaded again, where the newest stand; what was seen before stays below it. Rows
 * keep their place, and none comes twice.
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
}

export type LoadPage<Row> = (
  api: ApiClient,
  cursor: string | undefined,
  signal: AbortSignal,
) => Promise<Page<Row>>;

export interface Pages<Row> {
  readonly first: Query<Page<Row>>;
  readonly rows: readonly Row[];
  readonly total: number | undefined;
  /** Loads the next page; undefined: there is none. */
  readonly more: (() => void) | undefined;
  /** Why the last of them did not come. */
  readonly error: ApiError | undefined;
}

interface Older<Row> {
  readonly key: string;
  readonly rows: readonly Row[];
  /** Undefined before the second page. */
  readonly cursor?: string | null;
  readonly error?: ApiError;
}

export function usePages<Row>(
  key: string,
  topics: readonly Topic[],
  idOf: (row: Row) => string,
  load: LoadPage<Row>,
): Pages<Row> {
  const first = useQuery(key, topics, (api, signal) => load(api, undefined, signal));
  const older = useSignal<Older<Row>>({ key, rows: [] });
  const known: Older<Row> = older.value.key === key ? older.value : { key, rows: [] };
  const { data } = first;
  const rows = useMemo(() => merged(data?.rows ?? [], known.rows, idOf), [data, known.rows]);
  // What moves out of the first page stays.
  useEffect(() => {
    if (data !== undefined) older.value = { ...known, rows };
  }, [data]);
  const cursor = known.cursor === undefined ? (data?.cursor ?? null) : known.cursor;
  const more = useMore({ older, key, cursor, idOf, load });
  return { first, rows, total: data?.total, more: cursor === null ? undefined : more, error: known.error };
}

interface MoreOf<Row> {
  readonly older: Signal<Older<Row>>;
  readonly key: string;
  readonly cursor: string | null;
  readonly idOf: (row: Row) => string;
  readonly load: LoadPage<Row>;
}

/** One page at a time, and not after its view is gone. */
function useMore<Row>({ older, key, cursor, idOf, load }: MoreOf<Row>): () => void {
  const busy = useRef(false);
  const leaving = useMemo(() => new AbortController(), [key]);
  useEffect(() => () => leaving.abort(), [leaving]);
  return useCallback(() => {
    if (busy.current || cursor === null) return;
    busy.current = true;
    load(client.peek(), cursor, leaving.signal)
      .then(
        (page) => {
          const before = older.peek();
          const kept = before.key === key ? before.rows : [];
          older.value = { key, rows: merged(kept, page.rows, idOf), cursor: page.cursor };
        },
        (thrown: unknown) => {
          if (!leaving.signal.aborted) older.value = { ...older.peek(), error: asApiError(thrown) };
        },
      )
      .finally(() => {
        busy.current = false;
      });
  }, [key, cursor, leaving]);
}

function merged<Row>(
  upper: readonly Row[],
  lower: readonly Row[],
  idOf: (row: Row) => string,
): readonly Row[] {
  const ids = new Set(upper.map(idOf));
  return [...upper, ...lower.filter((row) => !ids.has(idOf(row)))];
}
