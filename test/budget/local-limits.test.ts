import { expect, test } from 'vitest';
import { LocalLimits } from '../../src/budget/local-limits.ts';
import type { Budget } from '../../src/core/budget.ts';
import { FakeClock } from '../support/fake-clock.ts';

type Outcome = 'ok' | 'throttled' | 'failed';

/** Limits of an origin that is called one call after the other. */
function setup(budget: Budget) {
  const clock = new FakeClock();
  const limits = new LocalLimits(budget, clock);
  const call = async (outcome: Outcome, apartMs: number) => {
    limits.inFlight(1);
    const level = limits.begin();
    limits.inFlight(0);
    limits.end(level, { outcome, ms: 1 });
    await clock.advance(apartMs);
  };
  const calls = async (outcome: Outcome, count: number, apartMs: number) => {
    for (let n = 0; n < count; n += 1) await call(outcome, apartMs);
  };
  return { clock, limits, calls };
}

/** Calls a second that are allowed. */
const rateOf = ({ held }: LocalLimits) => (held.intervalMs === 0 ? Infinity : 1_000 / held.intervalMs);

test.each([20, 100, 200])(
  'limits that were lowered are lowered further while most calls fail, one each %d ms',
  async (apartMs) => {
    const { limits, calls } = setup({ rate: undefined, concurrency: 8 });
    await calls('ok', 3_000 / apartMs, apartMs);
    await calls('throttled', 2, apartMs);
    const before = rateOf(limits);
    await calls('failed', 20_000 / apartMs, apartMs);
    expect(rateOf(limits)).toBeLessThan(before / 4);
  },
);

test('a pause is not taken for seconds without a call', async () => {
  const { clock, limits, calls } = setup({ rate: { calls: 100, perMs: 1_000 }, concurrency: 8 });
  await calls('ok', 500, 10);
  await calls('throttled', 1, 10);
  limits.paused(clock.now() + 30_000);
  await clock.advance(30_000);
  await calls('throttled', 1, 10);
  expect(rateOf(limits)).toBeGreaterThan(20);
});
