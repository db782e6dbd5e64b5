/**
 * Measuring what is true of the whole service: what is due, what expires soon and what can be refreshed until then, what the limits of
 * origins are, what waits in the queue, how much of a random sample is warm. `core/metrics/service-metrics.ts` declares it.
 *
 * One process at a time measures: the one whose word in the registry holds. It keeps it by coming again; should it die, another
 * process takes over within seconds. Each section is measured by itself, so that what cannot be known now takes no other with it.
 *
 * What must stay true: the cost grows with the configuration and with what is due, never with what is stored. And no value is told as
 * present that is not: a section that failed tells nothing, a process that does not measure tells nothing, and what was measured is
 * forgotten after half a minute.
 */
import type { Registry } from '../../catalog/registry.ts';
import type { Clock } from '../../core/clock.ts';
import { ForewarmError } from '../../core/errors.ts';
import type { Events } from '../../core/events.ts';
import type { ServiceGroup } from '../../core/metrics/service-metrics.ts';
import type { StatisticsRow } from '../../core/metrics/statistics.ts';
import { settleBy } from '../../flow/deadline.ts';
import { Repeat } from '../../flow/repeat.ts';
import type { Service } from '../../flow/service.ts';

/** Rows of some groups. */
export type ServiceRows = { readonly [G in ServiceGroup]?: readonly StatisticsRow<G>[] };

/** Measures some groups. Rejects when they cannot be known now. */
export type Section = (now: number, signal: AbortSignal) => Promise<ServiceRows>;

export interface ServiceMeasurerDeps {
  readonly registry: Pick<Registry, 'measures' | 'endMeasuring'>;
  readonly clock: Clock;
  readonly events: Events;
  /** Names this process, and its roles. */
  readonly id: string;
  readonly role: string;
  readonly sections: readonly Section[];
}

/** How often a process asks whether it is to measure, and how long its word holds, in ms. */
const ASK_EVERY_MS = 5_000;
const HOLDS_MS = 12_000;
/** How often it measures, and for how long what was measured is told, in ms. */
const MEASURE_EVERY_MS = 15_000;
export const TOLD_MS = 30_000;
/** How long stopping may wait for the registry, in ms. */
const LEAVE_MS = 1_000;

interface Measured {
  /** On the monotonic clock. */
  readonly at: number;
  readonly rows: ServiceRows;
}

export class ServiceMeasurer implements Service {
  readonly name = 'measurer';
  readonly #deps: ServiceMeasurerDeps;
  readonly #repeat: Repeat;
  #measured: Measured | undefined;
  #isRunning = false;
  #first: Promise<void> = Promise.resolve();

  constructor(deps: ServiceMeasurerDeps) {
    this.#deps = deps;
    const { clock } = deps;
    const work = (signal: AbortSignal) => this.#turn(signal);
    this.#repeat = new Repeat({ clock, every: ASK_EVERY_MS, work, onError: (error) => this.#report(error) });
  }

  /** What was measured of a group; empty in a process that does not measure, and of what is not known now. */
  rows<G extends ServiceGroup>(group: G): readonly StatisticsRow<G>[] {
    const measured = this.#measured;
    if (measured === undefined || this.#deps.clock.elapsed() - measured.at > TOLD_MS) return [];
    // A group has its own rows, as the type says.
    return (measured.rows[group] as readonly StatisticsRow<G>[] | undefined) ?? [];
  }

  async start(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#repeat.start();
    this.#first = this.#turn(new AbortController().signal).catch((error: unknown) => this.#report(error));
  }

  async stop(deadline: number): Promise<void> {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    const { registry, clock, id } = this.#deps;
    const end = Math.min(deadline, clock.now() + LEAVE_MS);
    await settleBy(clock, end, Promise.all([this.#first, this.#repeat.stop(end)]));
    this.#measured = undefined;
    await settleBy(
      clock,
      end,
      registry.endMeasuring(id).catch(() => undefined),
    );
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { registry, clock, id } = this.#deps;
    try {
      const now = clock.now();
      if (await registry.measures(id, now, now + HOLDS_MS)) await this.#measure(now, signal);
      else this.#measured = undefined;
    } catch (error) {
      this.#measured = undefined;
      throw error;
    }
  }

  async #measure(now: number, signal: AbortSignal): Promise<void> {
    const { clock, sections, role } = this.#deps;
    const at = clock.elapsed();
    if (this.#measured !== undefined && at - this.#measured.at < MEASURE_EVERY_MS) return;
    const results = await Promise.allSettled(sections.map((section) => section(now, signal)));
    if (!this.#isRunning) return;
    const rows = results.flatMap((result) => {
      if (result.status === 'fulfilled') return [result.value];
      this.#report(result.reason);
      return [];
    });
    this.#measured = { at, rows: Object.assign({ measured: [{ role, at: now }] }, ...rows) };
  }

  /** That a server is away is told by whoever talks to it all the time. */
  #report(error: unknown): void {
    if (this.#isRunning && !(error instanceof ForewarmError))
      this.#deps.events.emit('problem', { where: 'measuring the service', error });
  }
}
