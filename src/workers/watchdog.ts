import type { Run, Runs } from '../catalog/runs/runs.ts';
import type { Clock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import type { Sources } from '../core/sources.ts';
import { Repeat } from '../flow/repeat.ts';
import type { Service } from '../flow/service.ts';
import { endAtDeadline, requeueRun } from '../jobs/run-life.ts';
import { configuredLanes } from '../queue/lanes.ts';
import type { Queue } from '../queue/queue.ts';

export interface WatchdogDeps {
  readonly runs: Runs;
  readonly queue: Queue;
  readonly sources: Sources;
  /** Lanes of the origins. */
  readonly origins: readonly string[];
  readonly clock: Clock;
  readonly events: Events;
  /** How often it looks, in ms. A run must look stuck twice in a row. */
  readonly every: number;
}

/** Looks at a running run that did not move, after which its work is queued again though other work keeps the lanes busy. */
const PATIENT_LOOKS = 24;

/** What is known of a run: its revision, and how many looks have found it so. */
interface Seen {
  readonly revision: number;
  readonly looks: number;
}

/**
 * Finds runs that no worker works on, and queues their work again. A crash between two writes (the run is there, its job is
 * not) or a queue that lost its jobs leaves such runs behind; nothing else would ever end them. Ends runs whose time is over.
 */
export class Watchdog implements Service {
  readonly name = 'watchdog';
  readonly #deps: WatchdogDeps;
  readonly #repeat: Repeat;
  #seen = new Map<string, Seen>();

  constructor(deps: WatchdogDeps) {
    this.#deps = deps;
    const { clock, every, events } = deps;
    const onError = (error: unknown) => events.emit('problem', { where: 'watchdog', error });
    this.#repeat = new Repeat({ clock, every, work: () => this.look(), onError });
  }

  async start(): Promise<void> {
    this.#repeat.start();
  }

  async stop(deadline: number): Promise<void> {
    await this.#repeat.stop(deadline);
  }

  /** Looks once. Returns the runs whose work was queued again. */
  async look(): Promise<string[]> {
    const active = await this.#endOverdue(await this.#deps.runs.active());
    const before = this.#seen;
    this.#seen = new Map(active.map((run) => [run.id, seenAgain(run, before.get(run.id))]));
    const stuck = active.filter(({ id }) => this.#looks(id) > 1);
    if (stuck.length === 0) return [];
    // Keys that are tried again have jobs of their own, whose ids cannot be known here; planning and verifying have one each.
    const isBusy = stuck.some(isRunning) && !(await this.#isIdle());
    const mended: string[] = [];
    for (const run of stuck) {
      if (isBusy && isRunning(run) && this.#looks(run.id) < PATIENT_LOOKS) continue;
      this.#seen.delete(run.id);
      if ((await requeueRun(run, this.#deps)) > 0) mended.push(run.id);
    }
    return mended;
  }

  #looks(run: string): number {
    return this.#seen.get(run)?.looks ?? 0;
  }

  /** A run that waits for a busy or paused lane may not notice its deadline by itself. Returns the others. */
  async #endOverdue(active: readonly Run[]): Promise<Run[]> {
    const now = this.#deps.clock.now();
    const inTime: Run[] = [];
    for (const run of active) {
      const { deadlineAt } = run.options;
      if (deadlineAt === 0 || now < deadlineAt || run.state === 'verifying') {
        inTime.push(run);
        continue;
      }
      await endAtDeadline(this.#deps, run.id);
    }
    return inTime;
  }

  /**
   * Work that waits, is delayed or active will be done. What is delayed in the control lane is the
   * safety net of invalidations, which is no work of a run.
   */
  async #isIdle(): Promise<boolean> {
    const { queue, origins } = this.#deps;
    const counts = await Promise.all(configuredLanes(origins).map((lane) => queue.counts(lane)));
    return counts.every(
      ({ waiting, active, delayed }, i) => waiting === 0 && active === 0 && (i === 0 || delayed === 0),
    );
  }
}

function isRunning({ state }: Run): boolean {
  return state === 'running';
}

function seenAgain({ revision }: Run, before: Seen | undefined): Seen {
  return { revision, looks: before?.revision === revision ? before.looks + 1 : 1 };
}
