import type { Clock, Timer } from '../../core/clock.ts';
import type { Events } from '../../core/events.ts';
import type { Source } from '../../core/source.ts';
import type { Leases } from './leases.ts';
import { ASKED_MS, type WorkerRequests } from './worker-requests.ts';

export interface RefreshAheadDeps {
  readonly requests: Pick<WorkerRequests, 'ask'>;
  readonly leases: Pick<Leases, 'reachable'>;
  readonly clock: Clock;
  readonly events: Events;
}

/** Due keys are asked for together after this time, in ms. */
const GATHER_MS = 50;
/** The most keys of a source that are gathered, and the most that are remembered as asked for. */
const MAX_GATHERED = 10_000;
const MAX_ASKED = 50_000;

/** Has the workers refresh what readers read while it is due, so that it is fresh again before its ttl is over. */
export class RefreshAhead {
  readonly #deps: RefreshAheadDeps;
  readonly #gathered = new Map<Source, Set<string>>();
  /** Until when a key counts as asked for, by this process. The oldest come first. */
  readonly #asked = new Map<string, number>();
  #timer: Timer | undefined;

  constructor(deps: RefreshAheadDeps) {
    this.#deps = deps;
  }

  /** Asks for these keys soon, once in the cluster. No read waits for it. */
  add(source: Source, keys: readonly string[]): void {
    const now = this.#deps.clock.now();
    const gathered = this.#gathered.get(source) ?? new Set();
    for (const key of keys) {
      if ((this.#asked.get(key) ?? 0) > now || gathered.size >= MAX_GATHERED) continue;
      this.#remember(key, now + ASKED_MS);
      gathered.add(key);
    }
    if (gathered.size === 0) return;
    this.#gathered.set(source, gathered);
    this.#timer ??= this.#deps.clock.after(GATHER_MS, () => this.#flush());
  }

  #flush(): void {
    const { requests, leases, events } = this.#deps;
    this.#timer = undefined;
    for (const [source, keys] of this.#gathered) {
      const wanted = [...keys].map((key) => ({ key, params: undefined, newerThan: 0 }));
      requests.ask(source, wanted, false).catch((error: unknown) => {
        // Without Redis no worker can be asked. The value is fresh, and the next read asks again.
        for (const key of keys) this.#asked.delete(key);
        if (!leases.reachable()) return;
        events.emit('problem', { where: `asking for what is due of source "${source.name}"`, error });
      });
    }
    this.#gathered.clear();
  }

  #remember(key: string, until: number): void {
    this.#asked.delete(key);
    this.#asked.set(key, until);
    for (const old of this.#asked.keys()) {
      if (this.#asked.size <= MAX_ASKED) break;
      this.#asked.delete(old);
    }
  }
}
