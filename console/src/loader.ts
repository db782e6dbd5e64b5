/**
 * Asks one question again and again, one time after the other: what changes while an answer is on its way has it asked once more
 * afterwards, however often that is, so that a slow answer always arrives.
 */
import type { Signal } from '@preact/signals';
import { ApiError } from '../../src/api-client/client.ts';
import { noteFailure } from './live.ts';

export interface LoadState<T> {
  /** The question. */
  readonly key: string;
  /** The last answer. */
  readonly data?: T;
  /** Why the last question had none. */
  readonly error?: ApiError | undefined;
  /** When `data` came. */
  readonly at?: number;
}

/** At least so long from one answer to the next question, in ms: a busy run changes many times a second. */
const PAUSE_MS = 1_000;

export class Loader<T> {
  readonly #key: string;
  readonly #state: Signal<LoadState<T>>;
  readonly #load: (signal: AbortSignal) => Promise<T>;
  readonly #leaving = new AbortController();
  #phase: 'idle' | 'waiting' | 'asking' = 'idle';
  /** Something changed since the question was asked. */
  #again = false;
  #answeredAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(key: string, state: Signal<LoadState<T>>, load: (signal: AbortSignal) => Promise<T>) {
    this.#key = key;
    this.#state = state;
    this.#load = load;
  }

  poke(): void {
    this.#again = this.#phase === 'asking';
    if (this.#phase !== 'idle') return;
    this.#phase = 'waiting';
    const rest = this.#answeredAt + PAUSE_MS - Date.now();
    this.#timer = setTimeout(() => void this.#ask(), Math.max(0, rest));
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#leaving.abort();
  }

  async #ask(): Promise<void> {
    this.#phase = 'asking';
    const found = await answerOf(this.#load, this.#leaving.signal);
    if (this.#leaving.signal.aborted) return;
    const before = this.#state.peek();
    const known = before.key === this.#key ? before : { key: this.#key };
    this.#state.value = { ...known, error: undefined, ...found };
    this.#answeredAt = Date.now();
    this.#phase = 'idle';
    if (this.#again) this.poke();
  }
}

async function answerOf<T>(
  load: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<Partial<LoadState<T>>> {
  try {
    const data = await load(signal);
    return { data, at: Date.now() };
  } catch (thrown) {
    const error = asApiError(thrown);
    if (!signal.aborted && error.code === 'E_API_UNANSWERED') noteFailure();
    return { error };
  }
}

export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new ApiError('E_API_UNANSWERED', message, { cause: thrown });
}
