/**
 * Keeps a history of what is measured of the service: the process that measures it records a point a minute of each row, in one step,
 * and makes an hour of its minutes when it is over.
 *
 * What is counted (calls, outcomes, waits, ticks) is what grew since the minute before, so the first minute of a process that begins to
 * measure has none of it, and neither has one before which a minute is missing: not known is not 0. Calls are those of the ledger
 * (`forewarm budget`), and everything else is from the registry; nothing is counted twice.
 */
import type { Ledger } from '../../budget/ledger.ts';
import type { History } from '../../catalog/history.ts';
import type { Registry } from '../../catalog/registry.ts';
import type { Clock } from '../../core/clock.ts';
import { ForewarmError } from '../../core/errors.ts';
import type { Events } from '../../core/events.ts';
import { HOUR_MS, MINUTE_MS } from '../../core/units.ts';
import { Repeat } from '../../flow/repeat.ts';
import type { Service } from '../../flow/service.ts';
import type { CounterLook, MeasuredRows } from './looks.ts';

export interface HistoryKeeperDeps {
  readonly history: Pick<History, 'record' | 'rollUp'>;
  readonly registry: Pick<Registry, 'processes'>;
  readonly ledger: Pick<Ledger, 'state'>;
  readonly origins: readonly string[];
  /** What this process measured last; nothing where another one measures. */
  readonly measured: MeasuredRows;
  readonly clock: Clock;
  readonly events: Events;
}

/** How often it looks whether there is a new minute, in ms. */
const LOOK_EVERY_MS = 5_000;
/** What grew in a longer time than this is not what grew in a minute, in ms. */
const LONGEST_MS = 90_000;

export class HistoryKeeper implements Service {
  readonly name = 'history';
  readonly #deps: HistoryKeeperDeps;
  readonly #repeat: Repeat;
  #before: CounterLook | undefined;
  /** The minute that was recorded last, and the hour up to which hours were made. */
  #recorded = 0;
  #rolled = 0;

  constructor(deps: HistoryKeeperDeps) {
    this.#deps = deps;
    const { clock, events } = deps;
    this.#repeat = new Repeat({
      ...{ clock, every: LOOK_EVERY_MS, work: () => this.#look() },
      // That a server is away is told by whoever talks to it all the time.
      onError: (error) => {
        if (!(error instanceof ForewarmError))
          events.emit('problem', { where: 'keeping the history', error });
      },
    });
  }

  async start(): Promise<void> {
    this.#repeat.start();
  }

  async stop(deadline: number): Promise<void> {
    await this.#repeat.stop(deadline);
    this.#before = undefined;
  }

  async #look(): Promise<void> {
    const { clock, history, measured } = this.#deps;
    const at = measured('measured')[0]?.at;
    if (at === undefined) {
      this.#before = undefined;
      return;
    }
    const now = clock.now();
    const minute = Math.floor(now / MINUTE_MS);
    // A measurement of an earlier minute says nothing of this one.
    if (minute === this.#recorded || Math.floor(at / MINUTE_MS) !== minute) return;
    const look = await this.#counters(now);
    const before = this.#before;
    const isMinute = before !== undefined && now - before.at <= LONGEST_MS;
    // One process measures: the others do without.
    const { pointsOf } = await import('./points.ts');
    await history.record(minute * MINUTE_MS, pointsOf(measured, isMinute ? before : undefined, look));
    this.#recorded = minute;
    this.#before = look;
    await this.#rollUp(now);
  }

  async #counters(at: number): Promise<CounterLook> {
    const { registry, ledger, origins } = this.#deps;
    const [beats, states] = await Promise.all([
      registry.processes(at),
      Promise.all(origins.map((origin) => ledger.state(origin))),
    ]);
    return { at, beats, origins: states };
  }

  async #rollUp(now: number): Promise<void> {
    const hour = Math.floor(now / HOUR_MS);
    if (hour === this.#rolled) return;
    await this.#deps.history.rollUp(now);
    this.#rolled = hour;
  }
}
