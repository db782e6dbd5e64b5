/**
 * What the API is asked for a part of the page: loaded when that appears and when its topics change, and kept while it is loaded again.
 * An answer to a former question never takes the place of a later one.
 */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { ApiClient, ApiError } from '../../src/api-client/client.ts';
import { isPaused, noteFailure, type Topic, versionOf } from './live.ts';
import { asApiError, Loader, type LoadState } from './loader.ts';
import { client, follower } from './session.ts';

export interface Query<T> {
  /** The last answer; undefined before the first. */
  readonly data: T | undefined;
  /** Why the last question had none. What was known before it stays in `data`. */
  readonly error: ApiError | undefined;
  /** When `data` came. */
  readonly at: number | undefined;
  /** Asks again, also while the page is paused. */
  refresh(): void;
}

export type Load<T> = (api: ApiClient, signal: AbortSignal) => Promise<T>;

/** `key` says what is asked; another key is another question. */
export function useQuery<T>(key: string, topics: readonly Topic[], load: Load<T>): Query<T> {
  const state = useSignal<LoadState<T>>({ key });
  const latest = useRef(load);
  latest.current = load;
  const api = client.value;
  const loader = useMemo(
    () =>
      new Loader<T>(key, state, (signal, isBecauseOfChange) =>
        noticed(signal, latest.current(isBecauseOfChange ? follower.peek() : api, signal)),
      ),
    [key, api],
  );
  useEffect(() => {
    loader.poke();
    return () => loader.stop();
  }, [loader]);
  const version = versionOf(topics);
  const seen = useRef(version);
  useEffect(() => {
    if (seen.current === version) return;
    seen.current = version;
    if (!isPaused.peek()) loader.poke(true);
  }, [loader, version]);
  const { data, error, at }: LoadState<T> = state.value.key === key ? state.value : { key };
  return { data, error, at, refresh: () => loader.poke() };
}

/** A question without an answer may be the first sign of a lost connection. */
async function noticed<T>(signal: AbortSignal, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (thrown) {
    const error = asApiError(thrown);
    if (!signal.aborted && error.code === 'E_API_UNANSWERED') noteFailure();
    throw error;
  }
}
