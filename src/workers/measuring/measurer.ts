/**
 * Measuring what is true of the whole service: what is due, what expires soon and what can be refreshed until then, what the limits of
 * origins are, what waits in the queue, how much of a random sample is warm. `core/metrics/service-metrics.ts` declares it.
 *
 * One process at a time measures: the one whose word in the registry holds. It keeps it by coming again; should it die, another
 * process takes over within seconds. A measuring ends before the word does under which it began, so that two never measure at once.
 *
 * What must stay true: the cost grows with the configuration and with what is due, never with what is stored. And no value is told as
 * present that is not: a part that failed or was late tells nothing and takes no other with it (`measuring.ts`), a process that does not
 * measure tells nothing, and what was measured is forgotten after half a minute.
 */
import type { MeasuredMark } from '../../catalog/measured-mark.ts';
import type { Registry } from '../../catalog/registry.ts';
import type { Clock } from '../../core/clock.ts';
import type { Events } from '../../core/events.ts';
import type { ServiceGroup } from '../../core/metrics/service-metrics.ts';
import type { StatisticsRow } from '../../core/metrics/statistics.ts';
import { settleBy } from '../../flow/deadline.ts';
import { Repeat } from '../../flow/repeat.ts';
import type { Service } from '../../flow/service.ts';
import { isToldElsewhere, Measuring } from './measuring.ts';

/** Rows of some groups. */
export type ServiceRows = { readonly [G in ServiceGroup]?: readonly StatisticsRow<G>[] };

/** Measures some groups, part by part; what cannot be known now it leaves out. */
export type Section = (measuring: Measuring) => Promise<ServiceRows>;

export interface ServiceMeasurerDeps {
  readonly registry: Pick<Registry, 'measures' | 'endMeasuring'>;
  readonly mark: Pick<MeasuredMark, 'set'>;
  readonly clock: Clock;
  readonly events: Events;
  /** Names this process, and its roles. */
  readonly id: string;
  readonly role: string;
  readonly sections: readonly Section[];
}

/** How often a process asks whether it is to measure, and how long its word holds, in ms. */
const ASK_EVERY_MS = 5_000;
export const HOLDS_MS = 12_000;
/** For how long the parts of a measuring may take after it asked, and then the sections for what they make of them, in ms. */
const PARTS_MS = 6_000;
const SECTIONS_MS = 6_500;
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

  constructor(deps: ServiceMeasurerDeps) {
    this.#deps = deps;
    const work = (signal: AbortSignal) => this.#turn(signal);
    this.#repeat = new Repeat({
      ...{ clock: deps.clock, every: ASK_EVERY_MS, firstAfter: 0, work },
      onError: (error) => this.#report(error),
    });
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
  }

  async stop(deadline: number): Promise<void> {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    const { registry, clock, id } = this.#deps;
    const end = Math.min(deadline, clock.now() + LEAVE_MS);
    await this.#repeat.stop(end);
    this.#measured = undefined;
    await settleBy(
      clock,
      end,
      registry.endMeasuring(id).catch(() => undefined),
    );
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { registry, clock, id } = this.#deps;
    const asked = { now: clock.now(), at: clock.elapsed() };
    try {
      const isOwn = await registry.measures(id, asked.now, asked.now + HOLDS_MS);
      if (!isOwn) this.#measured = undefined;
      else if (!this.#isKnown(asked.at)) await this.#measure(asked, signal);
    } catch (error) {
      this.#measured = undefined;
      throw error;
    }
  }

  #isKnown(at: number): boolean {
    return this.#measured !== undefined && at - this.#measured.at < MEASURE_EVERY_MS;
  }

  async #measure({ now, at }: Asked, signal: AbortSignal): Promise<void> {
    const { mark, clock, sections, role } = this.#deps;
    // The registry took so long that the word would end before a measuring did.
    if (clock.elapsed() >= at + PARTS_MS) return;
    const common = { clock, now, signal, onError: (error: unknown) => this.#report(error) };
    const measuring = new Measuring({ ...common, end: at + PARTS_MS });
    const whole = new Measuring({ ...common, end: at + SECTIONS_MS });
    const rows = await whole.parts('a gauge of the service', sections, (section) => section(measuring));
    if (signal.aborted || clock.elapsed() >= at + HOLDS_MS) return;
    const measured: ServiceRows = Object.assign({ measured: [{ role, at: now }] }, ...rows);
    this.#measured = { at, rows: measured };
    // Not waited for: what was measured is told by this process, whether or not the others hear of it.
    void mark
      .set({ at: now, quarantined: quarantinedIn(measured) })
      .catch((error: unknown) => this.#report(error));
  }

  #report(error: unknown): void {
    if (this.#isRunning && !isToldElsewhere(error))
      this.#deps.events.emit('problem', { where: 'measuring the service', error });
  }
}

/** When a process asked whether it is to measure: ms since the epoch, and on the monotonic clock. */
interface Asked {
  readonly now: number;
  readonly at: number;
}

function quarantinedIn({ quarantined = [] }: ServiceRows): Record<string, number> {
  return Object.fromEntries(quarantined.flatMap(({ source, keys }) => (keys > 0 ? [[source, keys]] : [])));
}
