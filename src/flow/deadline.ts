/**
 * Waiting that ends: every wait for a server, a tier, an origin or another process goes through one of these, so that none of
 * them leaves a timer or a listener behind, and all of them run on the clock that was passed in. How long to wait is in
 * `patience.ts`; `abortable` bounds a wait by a signal alone, and `sleep` (`core/clock.ts`) waits for nothing but time.
 *
 *     within     rejects when the work is late, and aborts the work
 *     orAfter    gives another value when the work is late, and lets the work go on
 *     whileTrue  rejects when a condition ends, and lets the work go on
 *     settleBy   resolves at a point in time at the latest, however the work ends
 *     endOf      when the work that was given a signal by `within` is given up
 *
 * What must stay true: the promise settles once, no later than its bound; then the timer is cancelled and the listener
 * removed; and work that fails after it was given up is never an unhandled rejection.
 */
import type { Clock, Timer } from '../core/clock.ts';

/**
 * Settles as `work` does; rejects with what `onLate` returns after `ms`, and with the signal's reason once it aborts. Either
 * way the signal that the work was given aborts with the same reason. `Infinity`: only the signal bounds the work, which
 * does not begin when that has aborted before.
 */
export function within<T>(
  clock: Clock,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  onLate: () => unknown,
  signal?: AbortSignal,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    signal?.throwIfAborted();
    const inner = new AbortController();
    const end = earlier({ clock, at: clock.elapsed() + ms }, endOf(signal));
    if (end.at !== Number.POSITIVE_INFINITY) ends.set(inner.signal, end);
    const giveUp = (reason: unknown) => {
      done();
      inner.abort(reason);
      reject(reason);
    };
    const onAbort = () => giveUp(signal?.reason);
    const timer = ms === Number.POSITIVE_INFINITY ? undefined : clock.after(ms, () => giveUp(onLate()));
    const done = () => {
      timer?.cancel();
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (error: unknown) => {
      done();
      reject(error);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      work(inner.signal).then((value) => {
        done();
        resolve(value);
      }, fail);
    } catch (error) {
      fail(error);
    }
  });
}

/** When work is given up: ms on the monotonic side of the clock. */
export interface End {
  readonly clock: Clock;
  readonly at: number;
}

const ends = new WeakMap<AbortSignal, End>();

/** When the work is given up that was given this signal, so that it can tell a server by when it must act. Undefined: never. */
export function endOf(signal: AbortSignal | undefined): End | undefined {
  return signal && ends.get(signal);
}

function earlier(own: End, outer: End | undefined): End {
  return outer !== undefined && outer.at < own.at ? outer : own;
}

/** Settles as `pending` does, or resolves to what `onLate` returns after `ms`. */
export function orAfter<T, L>(
  clock: Clock,
  ms: number,
  pending: Promise<T>,
  onLate: () => L,
): Promise<T | L> {
  return new Promise<T | L>((resolve, reject) => {
    const timer = clock.after(ms, () => resolve(onLate()));
    settle(pending, () => timer.cancel(), resolve, reject);
  });
}

/** Settles as `pending` does, or rejects with what `onEnd` returns once `holds` does not; that is asked at once, and every so often. */
export function whileTrue<T>(
  clock: Clock,
  everyMs: number,
  holds: () => boolean,
  pending: Promise<T>,
  onEnd: () => unknown,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let timer: Timer | undefined;
    const look = () => {
      if (holds()) timer = clock.after(everyMs, look);
      else reject(onEnd());
    };
    look();
    settle(pending, () => timer?.cancel(), resolve, reject);
  });
}

/** Resolves when `pending` has settled, whichever way, at the latest at `deadline` (ms on the clock). */
export async function settleBy(clock: Clock, deadline: number, pending: Promise<unknown>): Promise<void> {
  const nothing = () => undefined;
  const settled = pending.then(nothing, nothing);
  await orAfter(clock, Math.max(0, deadline - clock.now()), settled, nothing);
}

function settle<T>(
  pending: Promise<T>,
  done: () => void,
  resolve: (value: T) => void,
  reject: (reason: unknown) => void,
): void {
  pending.then(
    (value) => {
      done();
      resolve(value);
    },
    (error: unknown) => {
      done();
      reject(error);
    },
  );
}
