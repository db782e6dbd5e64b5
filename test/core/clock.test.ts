import { describe, expect, test } from 'vitest';
import { sleep, systemClock } from '../../src/core/clock.ts';
import { FakeClock } from '../support/fake-clock.ts';

describe('the system clock', () => {
  test('returns the time, and durations that never decrease', () => {
    const before = Date.now();
    expect(systemClock.now()).toBeGreaterThanOrEqual(before);
    const began = systemClock.elapsed();
    expect(systemClock.elapsed()).toBeGreaterThanOrEqual(began);
  });

  test('fires a timer once, whatever the delay, and not after it was cancelled', async () => {
    const fired: string[] = [];
    systemClock.after(0, () => fired.push('cancelled')).cancel();
    const never = systemClock.after(Number.MAX_SAFE_INTEGER, () => fired.push('too early'));
    await new Promise<void>((resolve) => systemClock.after(-5, resolve));
    // A timer that Node cannot hold would fire after 1 ms.
    await new Promise<void>((resolve) => systemClock.after(20, resolve));
    never.cancel();
    never.cancel();
    expect(fired).toEqual([]);
  });
});

describe('sleep', () => {
  test('ends when the time has passed, and not before', async () => {
    const clock = new FakeClock();
    let awake = false;
    const slept = sleep(clock, 100).then(() => {
      awake = true;
    });
    await clock.advance(99);
    expect(awake).toBe(false);
    await clock.advance(1);
    await slept;
    expect(clock.timers).toBe(0);
  });

  test('ends early on a signal, with its reason, and leaves no timer', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const slept = sleep(clock, 100, stop.signal);
    stop.abort(new Error('enough'));
    await expect(slept).rejects.toThrow('enough');
    expect(clock.timers).toBe(0);
  });

  test('does not begin under a signal that was aborted before', async () => {
    const clock = new FakeClock();
    await expect(sleep(clock, 100, AbortSignal.abort(new Error('early')))).rejects.toThrow('early');
    expect(clock.timers).toBe(0);
  });

  test('ignores a signal that aborts afterwards', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const slept = sleep(clock, 10, stop.signal);
    await clock.advance(10);
    await slept;
    stop.abort();
    expect(clock.timers).toBe(0);
  });
});
