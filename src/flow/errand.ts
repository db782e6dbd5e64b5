/**
 * Work on behalf of somebody who waits for its answer: a request, a command, a call of the library. What is done on an errand
 * is done soon or not at all, since nobody is there any more to learn of it; work on nobody's errand (a job, a tick) may wait for
 * a server as long as it takes. The connection to the jobs Redis tells the two apart (`src/redis/errand-gate.ts`).
 *
 * The errand travels with the asynchronous work that was begun on it, so no function in between has to hand it on. What outlives
 * an errand although it was begun on one, such as a renewal that others rely on as well, is begun by `offErrand`.
 *
 * What must stay true: an errand that was given up stays given up for all that was begun on it, however long that goes on; one
 * that ended well no longer binds anything.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { NEVER } from '../core/never.ts';

const storage = new AsyncLocalStorage<Errand | undefined>();

export class Errand {
  readonly #leave = new AbortController();
  #isOver = false;
  /** Aborts once nobody waits for the answer; its reason says why. */
  readonly signal: AbortSignal;

  /** An errand on another one is given up with it. */
  constructor() {
    const outer = Errand.current();
    const own = this.#leave.signal;
    this.signal = outer === undefined ? own : AbortSignal.any([outer.signal, own]);
  }

  /** That of the work that asks; undefined when nobody waits for it. */
  static current(): Errand | undefined {
    const errand = storage.getStore();
    return errand === undefined || (errand.#isOver && !errand.signal.aborted) ? undefined : errand;
  }

  /** Whatever `work` begins is done on this errand. */
  run<T>(work: () => T): T {
    return storage.run(this, work);
  }

  /** Nobody waits any more: what has not been done is not done. */
  giveUp(reason: unknown): void {
    if (!this.#isOver) this.#leave.abort(reason);
  }

  /** The answer was given. */
  end(): void {
    this.#isOver = true;
  }
}

/** Does `work` on an errand of its own, which ends with it. */
export async function onErrand<T>(work: (errand: Errand) => Promise<T>): Promise<T> {
  const errand = new Errand();
  try {
    return await errand.run(() => work(errand));
  } finally {
    errand.end();
  }
}

/** Aborts once nobody waits for the answer any more; never, where nobody does. */
export function errandSignal(): AbortSignal {
  return Errand.current()?.signal ?? NEVER;
}

/** Throws the reason once nobody waits for the answer: asked directly before something is written. */
export function stillWanted(): void {
  errandSignal().throwIfAborted();
}

/** Does on nobody's errand what is begun here. */
export function offErrand<T>(work: () => T): T {
  return storage.run(undefined, work);
}
