import type { Clock } from '../../src/core/clock.ts';
import { NEVER } from '../../src/core/never.ts';
import { Measuring } from '../../src/workers/measuring/measuring.ts';
import { FakeClock } from './fake-clock.ts';

/** A measuring that ends when a part of it would take for ever, and what it was told. */
export function newMeasuring(now: number, { clock = new FakeClock() as Clock, ms = 1_000 } = {}) {
  const told: unknown[] = [];
  const end = clock.elapsed() + ms;
  const measuring = new Measuring({
    ...{ clock, now, end, signal: NEVER },
    onError: (error) => void told.push(error),
  });
  return { measuring, told };
}
