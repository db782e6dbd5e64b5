/**
 * Asks one question again and again, one time after the other: what changes while an answer is on its way has it asked once more
 * afterwards, however often that is, so that a slow answer always arrives.
 */
import type { Signal } from '@preact/signals';
import { ApiError } from '../../src/api-client/client.ts';

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

/**
 * At least so long from one answer to the next question, in ms: a busy run changes many times a second. To questions because of a change
 * the server gives answers that are a little younger than this, so that none is older than the one before.
 */
const PAUSE_MS = 1_000;

/** `isBecauseOfChange`: the server told of one; else for another reason, such as what was done here. */
export type LoadFor<T> = (signal: AbortSignal, isBecauseOfChange: boolean) => Promise<T>;

export class Loader<T> {
  readonly #key: string;
  readonly #state: Signal<LoadState<T>>;
  readonly #load: LoadFor<T>;
  readonly #leaving = new AbortController();
  #phase: 'idle' | 'waiting' | 'asking' = 'idle';
  /** Something changed since the question was asked. */
  #again = false;
  /** Somebody asked for another reason than a change since then. */
  #anew = false;
  #answeredAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(key: string, state: Signal<LoadState<T>>, load: LoadFor<T>) {
    this.#key = key;
    this.#state = state;
    this.#load = load;
  }

  poke(isBecauseOfChange = false): void {
    if (!isBecauseOfChange) this.#anew = true;
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
    const isBecauseOfChange = !this.#anew;
    this.#anew = false;
    const load = (signal: AbortSignal) => this.#load(signal, isBecauseOfChange);
    const found = await answerOf(load, this.#leaving.signal);
    if (this.#leaving.signal.aborted) return;
    const before = this.#state.peek();
    const known = before.key === this.#key ? before : { key: this.#key };
    this.#state.value = { ...known, error: undefined, ...found };
    this.#answeredAt = Date.now();
    this.#phase = 'idle';
    if (this.#again) this.poke(true);
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
    return { error: asApiError(thrown) };
  }
}

export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new ApiError('E_API_UNANSWERED', message, { cause: thrown });
}
