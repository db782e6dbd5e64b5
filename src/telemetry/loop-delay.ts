import type { Clock, Timer } from '../core/clock.ts';
import { Histogram } from '../core/metrics/histogram.ts';
import type { Measurements } from './measurements.ts';

export interface LoopDelayDeps {
  /** That of this host. */
  readonly clock: Clock;
  readonly measurements: Measurements;
  /** As the label says. */
  readonly role: string;
}

/** Often enough that a stall of half a second is seen by the timer that it holds up; seldom enough that it costs nothing. */
const EVERY_MS = 100;

/**
 * Measures how late a timer fires. Node's own `monitorEventLoopDelay` gives percentiles alone, which cannot be added up over
 * processes or over time; these buckets can.
 */
export class LoopDelay {
  readonly name = 'loop delay';
  readonly #deps: LoopDelayDeps;
  readonly #histogram = new Histogram();
  #timer: Timer | undefined;

  constructor(deps: LoopDelayDeps) {
    this.#deps = deps;
    const { measurements, role } = deps;
    measurements.provide('delays', () =>
      this.#histogram.total === 0 ? [] : [{ role, buckets: this.#histogram.buckets() }],
    );
  }

  async start(): Promise<void> {
    this.#timer ??= this.#next();
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #next(): Timer {
    const { clock } = this.#deps;
    const expected = clock.elapsed() + EVERY_MS;
    return clock.after(EVERY_MS, () => {
      this.#histogram.record(Math.max(0, clock.elapsed() - expected));
      this.#timer = this.#next();
    });
  }
}
