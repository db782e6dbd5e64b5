import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { share } from '../../src/cli/terminal/figures.ts';
import { openProgress } from '../../src/cli/terminal/progress.ts';
import { RateMeter } from '../../src/cli/terminal/rate-meter.ts';
import { countsOf } from '../../src/core/outcome.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { runView } from './harness.ts';

const running = (done: number, total: number) =>
  runView({ state: 'running', total, pending: total - done, counts: countsOf({ warmed: done }) });

/** Feeds a run of `total` keys at `perSecond`, ten updates a second, and answers the plain lines. */
async function linesOf(total: number, perSecond: number): Promise<string[]> {
  const clock = new FakeClock();
  let text = '';
  const to = { write: (chunk: string | Uint8Array) => (text += String(chunk)) };
  const progress = openProgress({ to, clock, paint: (_, words) => words, width: Number.POSITIVE_INFINITY });
  for (let done = 0; done < total; done = Math.min(total, done + perSecond / 10)) {
    progress.update(running(Math.floor(done), total));
    await clock.advance(100);
  }
  progress.update(runView({ total }));
  progress.end();
  return text.split('\n').slice(0, -1);
}

describe('progress without a terminal', () => {
  test('shows share, rate, time left and outcomes every two seconds', async () => {
    const lines = await linesOf(1_000, 40);
    expect(lines.slice(0, 3)).toEqual([
      'warming 0/1,000, 0 %',
      'warming 80/1,000, 8 %, 40 keys/s, eta 23s: 80 warmed',
      'warming 160/1,000, 16 %, 40 keys/s, eta 21s: 160 warmed',
    ]);
  });

  test('shows each tenth of a short run', async () => {
    expect(await linesOf(1_000, 1_000)).toHaveLength(10);
  });

  test('grows rarer the longer it takes', async () => {
    expect((await linesOf(6_000, 10)).length).toBeLessThan(90);
  });
});

describe('progress of a run that is held up', () => {
  const wait = { origin: 'o', until: 3_600_000, reason: '', by: null };
  test.each([
    ['by a pause', { ...wait, for: 'origin' as const }],
    ['by a quota', { ...wait, for: 'quota' as const }],
    ['for want of a worker', { ...wait, for: 'worker' as const, origin: null, until: null }],
  ])('%s has no rate nor time left, and begins afresh after it', async (_, held) => {
    const clock = new FakeClock();
    let text = '';
    const to = { write: (chunk: string | Uint8Array) => (text += String(chunk)) };
    const paint = (_name: string, words: string) => words;
    const progress = openProgress({ to, clock, paint, width: Number.POSITIVE_INFINITY });
    const steps: [done: number, waits: (typeof held)[], ms: number][] = [
      ...[...Array(5).keys()].map((i): [number, [], number] => [i * 100, [], 1_000]),
      [510, [held], 3_600_000],
      [520, [], 10_000],
      [620, [], 10_000],
    ];
    for (const [done, waits, ms] of steps) {
      progress.update({ ...running(done, 1_000), waits });
      await clock.advance(ms);
    }
    expect(text.split('\n').filter((line) => /510|520|620/.test(line))).toEqual([
      'warming 510/1,000, 51 %: 510 warmed',
      'warming 520/1,000, 52 %: 520 warmed',
      'warming 620/1,000, 62 %, 10 keys/s, eta 38s: 620 warmed',
    ]);
  });
});

test('the rate is that of the last seconds, and tells nothing from one sample', () => {
  const meter = new RateMeter();
  meter.add(0, 0);
  expect(meter.perSecond).toBeUndefined();
  expect(meter.eta(10)).toBeUndefined();
  for (let second = 1; second <= 60; second += 1) meter.add(second * 1_000, 60_000 + second * 10);
  expect(meter.perSecond).toBeCloseTo(10);
  expect(meter.eta(100)).toBeCloseTo(10_000);
});

test('a share is 100 % only of the whole', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), fc.nat(), (whole, rest) => {
      const part = rest % (whole + 1);
      expect(share(part, whole) === '100 %').toBe(part === whole);
    }),
  );
});
