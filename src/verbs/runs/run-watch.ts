import type { Run, Runs } from '../../catalog/runs/runs.ts';
import { type Clock, sleep } from '../../core/clock.ts';
import { ForewarmError } from '../../core/errors.ts';
import { isRedisAway } from '../../core/redis-away.ts';
import { abortable } from '../../flow/abortable.ts';
import { offErrand, onErrand } from '../../flow/errand.ts';
import { PATIENCE } from '../../flow/patience.ts';
import type { RunWait } from './run-shapes.ts';
import { type RunWaitsDeps, waitsOf } from './run-waits.ts';

export interface RunWatchDeps extends RunWaitsDeps {
  readonly runs: Pick<Runs, 'get'>;
  readonly clock: Clock;
}

/** How often watched runs are read, in ms. */
export const WATCH_EVERY_MS = 250;
/** With many of them, so seldom that each costs this much of the time: no more than 100 reads a second in all. */
const MS_PER_RUN = 10;
/** So many looks at a run that does not change, and it is asked what it waits for. */
const LOOKS_BEFORE_WAITS = 4;

/** A run as it was seen, and what it waits for where it does not go on. */
export interface WatchedRun {
  readonly run: Run;
  readonly waits: readonly RunWait[];
}

/** A run that somebody watches, and what is known of it since. */
interface Watched {
  watchers: number;
  latest: WatchedRun | undefined;
  /** Looks since it changed. */
  looks: number;
  /** When it was read last, on the monotonic clock. */
  readAt: number;
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

  /**
   * A run as it is, then at each change of it or of what it waits for, until it has ended or the signal aborts. Outlasts a restart
   * of the jobs Redis, and a failover.
   */
  async *follow(run: Run, signal: AbortSignal): AsyncGenerator<WatchedRun> {
    const watched = this.#join(run.id);
    try {
      let known: WatchedRun = { run, waits: [] };
      yield known;
      while (known.run.state !== 'ended' && !signal.aborted) {
        if (watched.failure !== undefined) throw watched.failure;
        const { latest, changed } = watched;
        if (latest === undefined || !isNews(latest, known)) {
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
      ...{ watchers: 0, latest: undefined, looks: 0, readAt: this.#deps.clock.elapsed(), failure: undefined },
      changed: Promise.withResolvers<void>(),
    };
    watched.watchers += 1;
    this.#watched.set(id, watched);
    if (!this.#isLooking) {
      this.#isLooking = true;
      // On nobody's errand: it goes on when whoever came first has left.
      void offErrand(() => this.#look());
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
    const { clock } = this.#deps;
    try {
      // A look is on an errand of its own: a server that hangs fails it within seconds.
      const seen = await onErrand(() => this.#seen(id, watched));
      watched.readAt = clock.elapsed();
      if (watched.latest !== undefined && !isNews(seen, watched.latest)) return;
      watched.latest = seen;
    } catch (error) {
      if (isRedisAway(error) && clock.elapsed() - watched.readAt < PATIENCE.watch) return;
      watched.failure = error;
      if (this.#watched.get(id) === watched) this.#watched.delete(id);
    }
    watched.changed.resolve();
    watched.changed = Promise.withResolvers<void>();
  }

  async #seen(id: string, watched: Watched): Promise<WatchedRun> {
    const run = await this.#deps.runs.get(id);
    if (run === undefined) throw vanished(id);
    const { latest } = watched;
    watched.looks = run.revision === latest?.run.revision ? watched.looks + 1 : 0;
    if (watched.looks === 0) return { run, waits: [] };
    const isTime = watched.looks % LOOKS_BEFORE_WAITS === 0;
    if (!isTime) return { run, waits: latest?.waits ?? [] };
    const [waits = []] = await waitsOf(this.#deps, [run]);
    return { run, waits };
  }
}

function isNews(seen: WatchedRun, known: WatchedRun): boolean {
  if (seen.run.revision !== known.run.revision) return seen.run.revision > known.run.revision;
  return JSON.stringify(seen.waits) !== JSON.stringify(known.waits);
}

function vanished(id: string): ForewarmError {
  return new ForewarmError(
    'E_NOT_FOUND',
    `run "${id}" was there a moment ago and is gone: the jobs Redis was emptied, or came back without its data; ` +
      'what was written into the tiers stays, warm the rest again',
    { details: { run: id } },
  );
}
