/**
 * The keys of a selector, page by page. What is shown is true of one time: as something changes, all pages that were loaded are loaded
 * again. Of many pages that would be dear; they stay as they are, and say of when.
 */
import { useSignal } from '@preact/signals';
import { useCallback, useEffect, useMemo } from 'preact/hooks';
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
  const { own, load } = useMore(filter, key, data);
  const known = data === undefined || own.page === undefined ? data : joined(data, own.page);
  const cursor = known?.cursor ?? null;
  const more = useCallback(() => {
    if (cursor === null) return;
    load(cursor, () => {
      pages.count += 1;
    });
  }, [cursor, load, pages]);
  const again = useCallback(() => {
    pages.count = 1;
    query.refresh();
  }, [pages, query.refresh]);
  return {
    ...{ query, known, more: cursor === null ? undefined : more, busy: own.isLoading === true },
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

/** Pages behind `data`, one at a time. */
function useMore(filter: Filter, key: string, data: KeyPage | undefined) {
  const state = useSignal<More>({ after: undefined });
  const leaving = useMemo(() => new AbortController(), [key]);
  useEffect(() => () => leaving.abort(), [leaving]);
  const ownOf = (found: More): More => (found.after === data ? found : { after: data });
  // It changes with what it loads behind, and not as it fails: whoever is at the end asks again whenever it does.
  const load = useCallback(
    (cursor: string, done: () => void) => {
      const before = ownOf(state.peek());
      if (before.isLoading === true) return;
      state.value = { ...before, isLoading: true, error: undefined };
      list(client.peek(), filter, cursor, leaving.signal).then(
        (listed) => {
          // Meanwhile all may have been loaded again, or other keys.
          if (state.peek().after !== data || leaving.signal.aborted) return;
          done();
          const page = pageOf(listed);
          state.value = { after: data, page: before.page === undefined ? page : joined(before.page, page) };
        },
        (thrown: unknown) => {
          if (!leaving.signal.aborted) state.value = { ...before, error: asApiError(thrown) };
        },
      );
    },
    [key, data, leaving],
  );
  return { own: ownOf(state.value), load };
}

async function walk(api: ApiClient, filter: Filter, pages: number, signal: AbortSignal): Promise<KeyPage> {
  let known = pageOf(await list(api, filter, undefined, signal));
  for (let i = 1; i < pages && known.cursor !== null; i += 1)
    known = joined(known, pageOf(await list(api, filter, known.cursor, signal)));
  return known;
}

function list(
  api: ApiClient,
  { selector, state, tier, minBytes }: Filter,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Listed> {
  const narrowed = {
    ...(state !== '' && { state: state as 'warm' }),
    ...(state !== '' && tier !== '' && { tier }),
    ...(minBytes !== '' && { minBytes: Number(minBytes) }),
  };
  return api.listEntries({ selector, limit: PAGE, cursor, ...narrowed }, { signal });
}

function pageOf({ entries, cursor, looked, note }: Listed): KeyPage {
  return { entries, cursor, looked, note, isDense: entries.length >= PAGE };
}

function joined(upper: KeyPage, lower: KeyPage): KeyPage {
  const ids = new Set(upper.entries.map(({ key }) => key));
  const entries = [...upper.entries, ...lower.entries.filter(({ key }) => !ids.has(key))];
  return { ...lower, entries, looked: upper.looked + lower.looked, note: upper.note ?? lower.note };
}
