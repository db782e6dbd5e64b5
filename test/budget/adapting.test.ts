import { describe, expect, it } from 'vitest';
import { LocalLedger } from '../../src/budget/local-ledger.ts';
import type { Budget } from '../../src/core/budget.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { callAlways, type OriginLimits, SimulatedOrigin } from '../support/simulated-origin.ts';

const LANES = 12;
const ORIGIN: OriginLimits = { perSecond: 40, concurrency: 8, answerMs: 200 };

function setup(budget: Budget, limits: OriginLimits, width = LANES) {
  const clock = new FakeClock();
  const budgets = new Map([
    ['o', budget],
    ['other', budget],
  ]);
  const ledger = new LocalLedger({ budgets, clock, patienceMs: 2_000 });
  const origin = new SimulatedOrigin(clock, limits);
  const stop = new AbortController();
  const lanes = Array.from({ length: width }, () => callAlways({ ledger, origin, clock }, stop.signal));
  const end = async () => {
    stop.abort();
    await clock.advance(5_000);
    await Promise.all(lanes);
  };
  return { clock, ledger, origin, end };
}

/** Ten seconds as configured, a minute with the other limits, and seventy seconds as before. */
async function lowered(budget: Budget, change: Partial<OriginLimits>) {
  const { clock, ledger, origin, end } = setup(budget, ORIGIN);
  await clock.advance(10_000);
  const calm = { ...origin.between(5_000, 10_000), state: await ledger.state('o') };
  origin.limits = { ...ORIGIN, ...change };
  await clock.advance(60_000);
  const low = { ...origin.between(20_000, 70_000), state: await ledger.state('o') };
  origin.limits = ORIGIN;
  await clock.advance(70_000);
  const back = { ...origin.between(130_000, 140_000), state: await ledger.state('o') };
  await end();
  return { calm, low, back, other: await ledger.state('other') };
}

const PACED: Budget = { rate: { calls: 20, perMs: 1_000 }, concurrency: 8 };
const FREE: Budget = { rate: undefined, concurrency: 8 };

describe('an origin that bears less for a minute', () => {
  it.each([
    ['half of the configured rate', PACED, 20, { perSecond: 10 }, 10],
    ['half of what was measured, where no rate is configured', FREE, 40, { perSecond: 20 }, 20],
    ['half of the calls at the same time', FREE, 40, { concurrency: 4 }, 20],
    ['a fifth of the configured rate', PACED, 20, { perSecond: 4 }, 4],
  ])(
    'is called by what it bears, and as before within a minute: %s',
    async (_, budget, most, change, least) => {
      const { calm, low, back, other } = await lowered(budget, change);
      expect(calm.state.lowered).toBeUndefined();
      expect(calm.throttled).toBe(0);
      expect(low.calls / 50).toBeGreaterThan(least * 0.75);
      expect(low.throttled / low.calls).toBeLessThan(least < 10 ? 0.05 : 0.02);
      expect(low.state.lowered?.reason).toContain('the origin said "slow down"');
      expect(back.calls / 10).toBeGreaterThan(most * 0.94);
      expect(back.state.lowered).toBeUndefined();
      expect(other.lowered).toBeUndefined();
    },
  );

  it('is called as configured, and refuses, where limits are told not to adapt', async () => {
    const { low } = await lowered({ ...PACED, adapt: false }, { perSecond: 10 });
    expect(low.state.lowered).toBeUndefined();
    expect(low.throttled / low.calls).toBeGreaterThan(0.05);
  });
});

describe('an origin that says "slow down" and no more', () => {
  it.each([
    ['four calls at a time, of 32', { concurrency: 32 }, { concurrency: 4, answerMs: 100 }],
    ['four calls at a time, of 8', { concurrency: 8 }, { concurrency: 4, answerMs: 100 }],
    ['five slow calls at a time', { concurrency: 16 }, { concurrency: 5, answerMs: 500 }],
    ['a single call at a time', { concurrency: 8 }, { concurrency: 1, answerMs: 50 }],
    ['four calls at a time, below a rate', { concurrency: 32, rate: 100 }, { concurrency: 4, answerMs: 100 }],
    ['twenty calls a second', { concurrency: 8 }, { perSecond: 20, answerMs: 100 }],
    ['twenty quick calls a second', { concurrency: 32 }, { perSecond: 20, answerMs: 20 }],
    ['ten slow calls a second', { concurrency: 32 }, { perSecond: 10, answerMs: 600 }],
    ['thirty calls a second, of 200', { concurrency: 32, rate: 200 }, { perSecond: 30, answerMs: 30 }],
    [
      'both, and calls at a time are fewer',
      { concurrency: 16 },
      { concurrency: 3, perSecond: 40, answerMs: 100 },
    ],
    [
      'both, and calls a second are fewer',
      { concurrency: 16 },
      { concurrency: 4, perSecond: 20, answerMs: 100 },
    ],
  ])('is called by four fifths of what it bears within half a minute: %s', async (_, configured, bears) => {
    const { concurrency, rate } = configured as { readonly concurrency: number; readonly rate?: number };
    const limits = { perSecond: 1_000, concurrency: 1_000, ...bears };
    const budget = { concurrency, rate: rate === undefined ? undefined : { calls: rate, perMs: 1_000 } };
    const { clock, origin, end } = setup(budget, limits, 40);
    await clock.advance(60_000);
    const { calls, throttled } = origin.between(30_000, 60_000);
    const capacity = Math.min(limits.perSecond, (limits.concurrency * 1_000) / limits.answerMs);
    expect((calls - throttled) / 30 / capacity).toBeGreaterThan(0.8);
    expect(throttled / calls).toBeLessThan(0.05);
    await end();
  });
});

describe('an origin that tells what is left', () => {
  it.each([
    ['rounded up', Math.ceil],
    ['rounded down', Math.floor],
    ['to the ms', (seconds: number) => seconds],
  ])('is never asked for more, with seconds %s', async (_, round) => {
    const quota = { calls: 100, windowMs: 10_000, round };
    const { clock, ledger, origin, end } = setup(FREE, { ...ORIGIN, quota });
    await clock.advance(60_000);
    expect(origin.between(0, 60_000).throttled).toBe(0);
    // Most of it is used, with a part that is held back for reads that wait.
    expect(origin.between(10_000, 60_000).calls).toBeGreaterThan(5 * 75);
    expect((await ledger.state('o')).quota?.left).toBeGreaterThanOrEqual(0);
    await end();
  });

  it.each([
    ['up', Math.ceil],
    ['down', Math.floor],
    ['to the nearest', Math.round],
  ])('is never asked for more in short windows, with seconds rounded %s', async (_, round) => {
    const quota = { calls: 20, windowMs: 3_000, round };
    const { clock, origin, end } = setup(FREE, { ...ORIGIN, quota });
    await clock.advance(60_000);
    expect(origin.between(0, 60_000).throttled).toBe(0);
    expect(origin.between(0, 60_000).calls).toBeGreaterThan(20 * 20 * 0.5);
    await end();
  });

  it('is asked for too much where nobody tells the ledger, which the same test would see', async () => {
    const quota = { calls: 100, windowMs: 10_000, round: Math.ceil };
    const { clock, ledger, origin, end } = setup(FREE, { ...ORIGIN, quota });
    ledger.told = () => undefined;
    await clock.advance(60_000);
    expect(origin.between(0, 60_000).throttled).toBeGreaterThan(0);
    await end();
  });
});
