/**
 * The keys of a selector, page by page. What is shown is true of one time: as something changes, all pages that were loaded are loaded
 * again. Of many pages that would be dear; they stay as they are, and say of when.
 */
import { type Signal, useSignal } from '@preact/signals';
import { useCallback, useEffect, useMemo, useRef } from 'preact/hooks';
import type { ApiClient, ApiError, Entry } from '../../../../src/api-client/client.ts';
import { asApiError } from '../../loader.ts';
import { type Query, useQuery } from '../../query.ts';
import { client } from '../../session.ts';

export interface Filter {
  readonly selector: string;
  readonly state: string;
  readonly tier: string;
  readonly minBytes: string;
}

export interface KeyPage {
  readonly entries: readonly Entry[];
  readonly cursor: string | null;
  /** Keys that were gone through for them. */
  readonly looked: number;
  /** Why it is only what the tiers hold. */
  readonly note: string | null;
  /** Whether so many fit that another page is worth asking for unasked. */
  readonly isDense: boolean;
}

export interface KeyPages {
  readonly query: Query<KeyPage>;
  /** All that were loaded; undefined before the first page. */
  readonly known: KeyPage | undefined;
  readonly more: (() => void) | undefined;
  /** Loads pages until there are so many rows, or until others are wanted. */
  readonly reach: (rows: number) => void;
  readonly busy: boolean;
  /** Why the last of them did not come. */
  readonly error: ApiError | undefined;
  /** Whether changes load them again. */
  readonly isLive: boolean;
  /** Begins anew. */
  readonly again: () => void;
}

const PAGE = 200;
/** Pages that are loaded again by themselves. */
const LIVE_UP_TO = 5;

type Listed = Awaited<ReturnType<ApiClient['listEntries']>>;

export function useKeyPages(filter: Filter): KeyPages {
  const key = JSON.stringify(filter);
  const pages = useMemo(() => ({ count: 1 }), [key]);
  const isLive = pages.count <= LIVE_UP_TO;
  const query = useQuery(`keys ${key}`, isLive ? ['keys'] : [], (api, signal) =>
    walk(api, filter, pages.count, signal),
  );
  const { data } = query;
  const { own, load } = useReach(filter, key, data);
  const known = data === undefined || own.page === undefined ? data : joined(data, own.page);
  const cursor = known?.cursor ?? null;
  const loaded = known?.entries.length ?? 0;
  const reach = useCallback(
    (rows: number) => {
      load({ rows, from: { cursor, loaded } }, (count) => {
        pages.count += count;
      });
    },
    [cursor, loaded, load, pages],
  );
  const more = useCallback(() => reach(loaded + 1), [loaded, reach]);
  const again = useCallback(() => {
    pages.count = 1;
    query.refresh();
  }, [pages, query.refresh]);
  return {
    ...{ query, known, reach, more: cursor === null ? undefined : more, busy: own.isLoading === true },
    ...{ error: own.error, isLive, again },
  };
}

/** What came behind an answer. It goes as that is loaded again. */
interface More {
  readonly after: KeyPage | undefined;
  readonly page?: KeyPage;
  readonly isLoading?: boolean;
  readonly error?: ApiError | undefined;
}

/** How many rows are wanted, and what is loaded. */
interface Wanted {
  readonly rows: number;
  readonly from: { readonly cursor: string | null; readonly loaded: number };
}

/** Keys of a page on the way to what is further away than so many. */
const FAR = 1_000;

/** Pages behind `data`, one at a time, as long as they are wanted. */
function useReach(filter: Filter, key: string, data: KeyPage | undefined) {
  const state = useSignal<More>({ after: undefined });
  const wanted = useRef(0);
  const leaving = useMemo(() => new AbortController(), [key]);
  useEffect(() => () => leaving.abort(), [leaving]);
  const ownOf = (found: More): More => (found.after === data ? found : { after: data });
  // It changes with what it loads behind, and not as it fails: whoever is at the end asks again whenever it does.
  const load = useCallback(
    ({ rows, from }: Wanted, done: (pages: number) => void) => {
      wanted.current = rows;
      const before = ownOf(state.peek());
      if (before.isLoading === true || from.cursor === null) return;
      state.value = { ...before, isLoading: true, error: undefined };
      // Meanwhile all may have been loaded again, or other keys.
      const isOver = () => state.peek().after !== data || leaving.signal.aborted;
      loadUpTo({ filter, wanted, state, signal: leaving.signal, isOver, done }, from).catch(
        (thrown: unknown) => {
          if (!isOver()) state.value = { ...state.peek(), isLoading: false, error: asApiError(thrown) };
        },
      );
    },
    [key, data, leaving],
  );
  return { own: ownOf(state.value), load };
}

interface ReachOf {
  readonly filter: Filter;
  readonly wanted: { readonly current: number };
  readonly state: Signal<More>;
  readonly signal: AbortSignal;
  readonly isOver: () => boolean;
  /** So many pages of the usual size came. */
  readonly done: (pages: number) => void;
}

async function loadUpTo(
  { filter, wanted, state, signal, isOver, done }: ReachOf,
  from: Wanted['from'],
): Promise<void> {
  let { cursor, loaded } = from;
  let isDense = true;
  while (cursor !== null && loaded < wanted.current && isDense) {
    const limit = wanted.current - loaded > FAR ? FAR : PAGE;
    const listed = await list(client.peek(), filter, { cursor, limit }, signal);
    if (isOver()) return;
    done(limit / PAGE);
    const before = state.peek();
    const page = pageOf(listed, limit);
    state.value = { ...before, page: before.page === undefined ? page : joined(before.page, page) };
    cursor = listed.cursor;
    loaded += listed.entries.length;
    isDense = page.isDense;
  }
  state.value = { ...state.peek(), isLoading: false };
}

async function walk(api: ApiClient, filter: Filter, pages: number, signal: AbortSignal): Promise<KeyPage> {
  const page = async (cursor: string | undefined) =>
    pageOf(await list(api, filter, { cursor, limit: PAGE }, signal), PAGE);
  let known = await page(undefined);
  for (let i = 1; i < pages && known.cursor !== null; i += 1) known = joined(known, await page(known.cursor));
  return known;
}

function list(
  api: ApiClient,
  { selector, state, tier, minBytes }: Filter,
  { cursor, limit }: { readonly cursor: string | undefined; readonly limit: number },
  signal: AbortSignal,
): Promise<Listed> {
  const narrowed = {
    ...(state !== '' && { state: state as 'warm' }),
    ...(state !== '' && tier !== '' && { tier }),
    ...(minBytes !== '' && { minBytes: Number(minBytes) }),
  };
  return api.listEntries({ selector, limit, cursor, ...narrowed }, { signal });
}

function pageOf({ entries, cursor, looked, note }: Listed, limit: number): KeyPage {
  return { entries, cursor, looked, note, isDense: entries.length >= limit };
}

function joined(upper: KeyPage, lower: KeyPage): KeyPage {
  const ids = new Set(upper.entries.map(({ key }) => key));
  const entries = [...upper.entries, ...lower.entries.filter(({ key }) => !ids.has(key))];
  return { ...lower, entries, looked: upper.looked + lower.looked, note: upper.note ?? lower.note };
}
