import type { Clock } from '../../core/clock.ts';
import type { Entry } from '../../core/entry.ts';
import type { Events } from '../../core/events.ts';
import { isGone } from '../../core/freshness.ts';
import { abortable } from '../../flow/abortable.ts';
import type { Tier } from '../tier.ts';

/** Batches on their way at the same time; when there are more, promotions are left out: the next read makes up for it. */
const MOST_AT_ONCE = 64;

/** Copies entries to the tiers above the one they were found in, in the background. Nobody waits for it and it fails nobody. */
export class Promotion {
  readonly #clock: Clock;
  readonly #events: Events;
  readonly #stopped = new AbortController();
  readonly #pending = new Set<Promise<void>>();

  constructor(dependencies: { readonly clock: Clock; readonly events: Events }) {
    this.#clock = dependencies.clock;
    this.#events = dependencies.events;
  }

  /** The entries go as they are: times and stamp untouched, so that a newer one in a tier above stays. */
  promote(entries: readonly Entry[], tiers: readonly Tier[]): void {
    const now = this.#clock.now();
    const writes = entries
      .filter((entry) => !isGone(entry.head, now))
      .map((entry) => ({ kind: 'put', entry }) as const);
    if (writes.length === 0) return;
    for (const tier of tiers) {
      if (this.#pending.size >= MOST_AT_ONCE || this.#stopped.signal.aborted) return;
      const done = abortable(this.#stopped.signal, tier.putMany(writes, this.#stopped.signal))
        .then(
          () => undefined,
          (error: unknown) => {
            if (this.#stopped.signal.aborted) return;
            this.#events.emit('problem', { where: `promoting entries to tier "${tier.name}"`, error });
          },
        )
        .finally(() => this.#pending.delete(done));
      this.#pending.add(done);
    }
  }

  /** Gives up what is on its way and resolves when nothing is. */
  async close(): Promise<void> {
    this.#stopped.abort(new Error('the stack is closed'));
    await Promise.all(this.#pending);
  }
}
