/**
 * Long lists, page by page. Changes have what was loaded loaded again, up to so many pages at once: what is gone goes, and the list is no
 * shorter than before as long as there is more. What lies below that stays as it was. Rows keep their place, and none comes twice. What is
 * far away is loaded in large pages, as long as it is looked at.
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
  /** Loads all that was loaded again, however much that is: for what was done here. */
  readonly again: () => void;
}

/** Pages that changes load again. */
const LIVE_UP_TO = 5;

/** What is loaded. */
interface Known<Row> {
  readonly key: string;
  /** The answer that it begins with. */
  readonly head?: Page<Row> | undefined;
  readonly rows: readonly Row[];
  readonly cursor: string | null;
  readonly lookedBackTo?: number | null | undefined;
  readonly error?: ApiError;
}

export function usePages<Row>(
  key: string,
  topics: readonly Topic[],
  idOf: (row: Row) => string,
  load: LoadPage<Row>,
): Pages<Row> {
  const state = useSignal<Known<Row>>(nothing(key));
  const isWhole = useRef(false);
  const first = useQuery(key, topics, async (api, signal) => {
    const whole = isWhole.current;
    isWhole.current = false;
    const { length } = ours(state.peek(), key).rows;
    try {
      const most = whole ? Number.POSITIVE_INFINITY : LIVE_UP_TO;
      return await headOf((cursor) => load(api, cursor, signal, undefined), length, most);
    } catch (error) {
      isWhole.current ||= whole;
      throw error;
    }
  });
  const { data } = first;
  const known = useMemo(() => withHead(ours(state.value, key), data, idOf), [state.value, key, data]);
  useEffect(() => {
    state.value = withHead(ours(state.peek(), key), data, idOf);
  }, [key, data]);
  const { rows, cursor, lookedBackTo, error } = known;
  const reach = useReach({ state, key, load, idOf, known: { rows: rows.length, cursor } });
  const more = useCallback(() => reach(rows.length + 1), [reach, rows.length]);
  const again = () => {
    isWhole.current = true;
    first.refresh();
  };
  return {
    ...{ first, rows, total: data?.total, lookedBackTo },
    ...{ more: cursor === null ? undefined : more, reach, error, again },
  };
}

function nothing<Row>(key: string): Known<Row> {
  return { key, rows: [], cursor: null };
}

/** Of another question nothing is known. */
function ours<Row>(known: Known<Row>, key: string): Known<Row> {
  return known.key === key ? known : nothing(key);
}

/** As many rows as were there before, by up to so many pages. */
async function headOf<Row>(
  load: (cursor: string | undefined) => Promise<Page<Row>>,
  rows: number,
  most: number,
): Promise<Page<Row>> {
  const first = await load(undefined);
  let [head, pages] = [first, 1];
  while (head.cursor !== null && head.rows.length < rows && pages < most) {
    const next = await load(head.cursor);
    head = { ...first, ...next, rows: [...head.rows, ...next.rows] };
    pages += 1;
  }
  return head;
}

/** Of what was known stays what lay below the head. Where nothing of it is in the head, nobody knows what lies between. */
export function withHead<Row>(
  known: Known<Row>,
  head: Page<Row> | undefined,
  idOf: (row: Row) => string,
): Known<Row> {
  if (head === undefined || known.head === head) return known;
  const rows = merged(head.rows, [], idOf);
  const { cursor, lookedBackTo } = head;
  const places = new Map(known.rows.map((row, i) => [idOf(row), i]));
  const last = rows.findLast((row) => places.has(idOf(row)));
  const isApart = last === undefined && rows.length > 0;
  if (cursor === null || isApart || !reachesFurther(known, head))
    return { ...known, head, rows, cursor, lookedBackTo };
  const below = last === undefined ? 0 : (places.get(idOf(last)) ?? 0) + 1;
  return { ...known, head, rows: merged(rows, known.rows.slice(below), idOf) };
}

function reachesFurther<Row>(known: Known<Row>, { rows, lookedBackTo }: Page<Row>): boolean {
  if (known.rows.length > rows.length) return true;
  if (known.lookedBackTo === undefined || typeof lookedBackTo !== 'number') return false;
  return known.lookedBackTo === null || known.lookedBackTo < lookedBackTo;
}

interface ReachOf<Row> {
  readonly state: Signal<Known<Row>>;
  readonly key: string;
  readonly idOf: (row: Row) => string;
  readonly load: LoadPage<Row>;
  /** What is loaded, and where it goes on. */
  readonly known: { readonly rows: number; readonly cursor: string | null };
}

/** One page at a time, and not after its view is gone. */
function useReach<Row>(asked: ReachOf<Row>): (rows: number) => void {
  const { state, key } = asked;
  const latest = useRef(asked);
  latest.current = asked;
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
          if (!leaving.signal.aborted) state.value = { ...state.peek(), error: asApiError(thrown) };
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
  { state, key, idOf, load, known }: ReachOf<Row>,
  signal: AbortSignal,
): Promise<void> {
  let { rows, cursor } = known;
  while (cursor !== null && rows < wanted.current) {
    const least = wanted.current - rows > FAR ? FAR : undefined;
    const page: Page<Row> = await load(client.peek(), cursor, signal, least);
    const { head, rows: kept } = ours(state.peek(), key);
    const { lookedBackTo } = page;
    state.value = { key, head, rows: merged(kept, page.rows, idOf), cursor: page.cursor, lookedBackTo };
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
  const rows = new Map<string, Row>();
  for (const row of [...upper, ...lower]) if (!rows.has(idOf(row))) rows.set(idOf(row), row);
  return [...rows.values()];
}
