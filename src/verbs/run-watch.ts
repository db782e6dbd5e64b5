import type { Run, Runs } from '../catalog/runs/runs.ts';
import { type Clock, sleep } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import { abortable } from '../flow/abortable.ts';

export interface RunWatchDeps {
  readonly runs: Pick<Runs, 'get'>;
  readonly clock: Clock;
}

/** How often watched runs are read, in ms. */
export const WATCH_EVERY_MS = 250;
/** With many of them, so seldom that each costs this much of the time: no more than 100 reads a second in all. */
const MS_PER_RUN = 10;

/** A run that somebody watches, and what is known of it since. */
interface Watched {
  watchers: number;
  latest: Run | undefined;
  failure: unknown;
  changed: PromiseWithResolvers<void>;
}

/** Watches runs for everybody in this process: each is read once, however many watch it, and only while somebody does. */
export class RunWatch {
  readonly #deps: RunWatchDeps;
  readonly #watched = new Map<string, Watched>();
  /** Ends the wait for the next look. */
  #wait = new AbortController();
  #isLooking = false;

  constructor(deps: RunWatchDeps) {
    this.#deps = deps;
  }

  /** A run as it is, then at each change, until it has ended or the signal aborts. */
  async *follow(run: Run, signal: AbortSignal): AsyncGenerator<Run> {
    const watched = this.#join(run.id);
    try {
      let known = run;
      yield known;
      while (known.state !== 'ended' && !signal.aborted) {
        if (watched.failure !== undefined) throw watched.failure;
        const { latest, changed } = watched;
        if (latest === undefined || latest.revision <= known.revision) {
          await abortable(signal, changed.promise).catch(() => undefined);
          continue;
        }
        known = latest;
        yield known;
      }
    } finally {
      this.#leave(run.id, watched);
    }
  }

  #join(id: string): Watched {
    const watched = this.#watched.get(id) ?? {
      ...{ watchers: 0, latest: undefined, failure: undefined },
      changed: Promise.withResolvers<void>(),
    };
    watched.watchers += 1;
    this.#watched.set(id, watched);
    if (!this.#isLooking) {
      this.#isLooking = true;
      void this.#look();
    }
    return watched;
  }

  #leave(id: string, watched: Watched): void {
    watched.watchers -= 1;
    if (watched.watchers > 0 || this.#watched.get(id) !== watched) return;
    this.#watched.delete(id);
    if (this.#watched.size === 0) this.#wait.abort();
  }

  async #look(): Promise<void> {
    const { clock } = this.#deps;
    while (this.#watched.size > 0) {
      this.#wait = new AbortController();
      const pause = Math.max(WATCH_EVERY_MS, this.#watched.size * MS_PER_RUN);
      await sleep(clock, pause, this.#wait.signal).catch(() => undefined);
      await Promise.all([...this.#watched].map(([id, watched]) => this.#read(id, watched)));
    }
    this.#isLooking = false;
  }

  /** Whoever watches a run that cannot be read is told, and whoever comes after that starts anew. */
  async #read(id: string, watched: Watched): Promise<void> {
    try {
      const run = await this.#deps.runs.get(id);
      if (run === undefined) throw new ForewarmError('E_NOT_FOUND', `run "${id}" does not exist any more`);
      if (run.revision === watched.latest?.revision) return;
      watched.latest = run;
    } catch (error) {
      watched.failure = error;
      if (this.#watched.get(id) === watched) this.#watched.delete(id);
    }
    watched.changed.resolve();
    watched.changed = Promise.withResolvers<void>();
  }
}
