import { expect, test } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import { eachSecondOf } from '../../src/schedules/each-second.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** A machine's clock that can be set while timers go on. */
function settable() {
  const real = new FakeClock(Date.UTC(2026, 10, 1, 5, 59, 50, 250));
  let off = 0;
  const clock: Clock = {
    now: () => real.now() + off,
    elapsed: () => real.elapsed(),
    after: (ms, fire) => real.after(ms, fire),
  };
  const set = (by: number) => {
    off += by;
  };
  return { real, clock, set };
}

test.each([0, -3_600_000, -1, 1, 3_600_000, -3_600_500])(
  'wakes once a second while the clock is set by %i ms',
  async (by) => {
    const { real, clock, set } = settable();
    const wakes: number[] = [];
    const timer = eachSecondOf(clock)(() => wakes.push(real.elapsed()));
    await real.advance(5_000);
    set(by);
    await real.advance(10_000);
    timer.stop();
    await real.advance(5_000);
    const gaps = wakes.map((at, i) => at - (wakes[i - 1] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1_000);
    expect(wakes.length).toBeGreaterThanOrEqual(15);
    expect(wakes.length).toBeLessThanOrEqual(16);
    expect(real.timers).toBe(0);
  },
);

test('wakes at the beginning of each second', async () => {
  const { real, clock } = settable();
  const wakes: number[] = [];
  eachSecondOf(clock)(() => wakes.push(clock.now() % 1_000));
  await real.advance(3_000);
  expect(wakes).toEqual([0, 0, 0]);
});
