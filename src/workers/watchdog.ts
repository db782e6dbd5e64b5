import type { Run, Runs } from '../catalog/runs.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import type { Source } from '../core/source.ts';
import type { Service } from '../flow/service.ts';
import { requeue } from '../jobs/prefetch.ts';
import { CONTROL_LANE, type Queue } from '../queue/queue.ts';

export interface WatchdogParts {
  readonly runs: Runs;
  readonly queue: Queue;
  readonly sources: ReadonlyMap<string, Source>;
  /** Lanes of the origins. */
  readonly origins: readonly string[];
  readonly clock: Clock;
  readonly events: Events;
  /** How often it looks, in ms. A run must look stuck twice in a row. */
  readonly every: number;
}

/**
 * Finds runs that nobody works on, and queues their work again. A crash between two writes (the run is there, its job is
 * not) or a queue that lost its jobs leaves such runs behind; nothing else would ever end them.
 */
export class Watchdog implements Service {
  readonly name = 'watchdog';
  readonly #parts: WatchdogParts;
  readonly #seen = new Map<string, number>();
  #timer: Timer | undefined;
  #running = false;

  constructor(parts: WatchdogParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    this.#plan();
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#timer?.cancel();
  }

  /** One look: answers the runs whose work was queued again. */
  async look(): Promise<string[]> {
    const { runs } = this.#parts;
    const active = await runs.active();
    const stuck = active.filter((run) => this.#seen.get(run.id) === run.revision);
    this.#seen.clear();
    for (const run of active) this.#seen.set(run.id, run.revision);
    const mended: string[] = [];
    if (stuck.length === 0 || !(await this.#isIdle())) return mended;
    for (const run of stuck) if (await this.#mend(run)) mended.push(run.id);
    return mended;
  }

  async #mend(run: Run): Promise<boolean> {
    const added = await requeue(run, this.#parts);
    if (added > 0) this.#seen.delete(run.id);
    return added > 0;
  }

  /**
   * Work that waits, is put off or is in hand will be done by whoever has it. What is put off in the control lane is the
   * safety net of invalidations, which is no work of a run.
   */
  async #isIdle(): Promise<boolean> {
    const { queue, origins } = this.#parts;
    const counts = await Promise.all([CONTROL_LANE, ...origins].map((lane) => queue.counts(lane)));
    return counts.every(
      ({ waiting, active, delayed }, i) => waiting === 0 && active === 0 && (i === 0 || delayed === 0),
    );
  }

  #plan(): void {
    const { clock, events, every } = this.#parts;
    this.#timer = clock.after(every, () => {
      this.look()
        .catch((error: unknown) => events.emit('problem', { where: 'watchdog', error }))
        .finally(() => {
          if (this.#running) this.#plan();
        });
    });
  }
}
