import type { Clock } from '../../src/core/clock.ts';

interface Pending {
  readonly at: number;
  readonly fire: () => void;
}

/** A clock that stands still until it is told to advance; timers fire in order as it passes them. */
export class FakeClock implements Clock {
  #now: number;
  readonly #began: number;
  readonly #pending = new Set<Pending>();

  constructor(now: number = Date.UTC(2026, 0, 1)) {
    this.#now = now;
    this.#began = now;
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now - this.#began;
  }

  after(ms: number, fire: () => void): { cancel(): void } {
    const pending = { at: this.#now + Math.max(0, ms), fire };
    this.#pending.add(pending);
    return { cancel: () => this.#pending.delete(pending) };
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#pending.size;
  }

  /** As after a process was stopped from outside: time has passed, and timers have not fired yet. */
  skip(ms: number): void {
    this.#now += ms;
  }

  /** Moves on by `ms`, firing what falls due; between two timers, promises get their turn. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settle();
      const next = [...this.#pending].sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.#pending.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.fire();
    }
    this.#now = end;
    await settle();
  }
}

/** Lets everything that is ready to run, run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Moves the clock on for as long as something waits for it, until `work` is done; in between, real servers answer. */
export async function drive<T>(clock: FakeClock, work: Promise<T>, stepMs = 100): Promise<T> {
  let done = false;
  const end = () => {
    done = true;
  };
  work.then(end, end);
  while (!done) {
    if (clock.timers > 0) await clock.advance(stepMs);
    else await settle();
  }
  return work;
}
