import { describe, expect, test } from 'vitest';
import type { Permit } from '../../src/budget/ledger.ts';
import { LocalLedger, shareOf } from '../../src/budget/local-ledger.ts';
import type { Budget } from '../../src/core/budget.ts';
import { BudgetDeferredError } from '../../src/core/errors.ts';
import { NEVER } from '../../src/core/never.ts';
import { FakeClock } from '../support/fake-clock.ts';

const PATIENCE = 2_000;

function create(budget: Partial<Budget> = {}) {
  const clock = new FakeClock();
  const budgets = new Map([['markets', { concurrency: 2, rate: undefined, ...budget }]]);
  return { clock, ledger: new LocalLedger({ budgets, clock, patienceMs: PATIENCE }) };
}

describe('a local ledger', () => {
  test('lets no more calls be made at the same time than the budget, first come first served', async () => {
    const { clock, ledger } = create();
    const given: number[] = [];
    const permits: Permit[] = [];
    const asked = [0, 1, 2, 3].map(async (n) => {
      const permit = await ledger.permit('markets', NEVER);
      given.push(n);
      permits.push(permit);
    });
    await clock.advance(0);
    expect(given).toEqual([0, 1]);
    permits[0]?.release();
    permits[0]?.release();
    await clock.advance(0);
    expect(given).toEqual([0, 1, 2]);
    expect(await ledger.state('markets')).toMatchObject({ inFlight: 2, processes: 1 });
    permits[1]?.release();
    await Promise.all(asked);
    expect(given).toEqual([0, 1, 2, 3]);
  });

  test('keeps calls as far apart as the rate says', async () => {
    const { clock, ledger } = create({ concurrency: 10, rate: { calls: 10, perMs: 1_000 } });
    const starts: number[] = [];
    const asked = Array.from({ length: 5 }, async () => {
      await ledger.permit('markets', NEVER);
      starts.push(clock.elapsed());
    });
    await clock.advance(PATIENCE);
    await Promise.all(asked);
    const gaps = starts.slice(1).map((at, i) => at - (starts[i] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...gaps)).toBeLessThan(110);
  });

  test('sends away who would wait too long, for a turn, for the rate or for a pause', async () => {
    const { clock, ledger } = create({ concurrency: 1 });
    await ledger.permit('markets', NEVER);
    const late = expect(ledger.permit('markets', NEVER)).rejects.toBeInstanceOf(BudgetDeferredError);
    await clock.advance(PATIENCE);
    await late;
    const slow = create({ rate: { calls: 1, perMs: 60_000 } });
    await slow.ledger.permit('markets', NEVER);
    await expect(slow.ledger.permit('markets', NEVER)).rejects.toBeInstanceOf(BudgetDeferredError);
    const paused = create();
    await paused.ledger.pause('markets', paused.clock.now() + 5_000, 'it asked for it');
    await paused.ledger.pause('markets', paused.clock.now() + 1_000, 'shorter');
    await expect(paused.ledger.permit('markets', NEVER)).rejects.toThrow('it asked for it');
    await paused.clock.advance(5_000);
    await paused.ledger.permit('markets', NEVER);
  });

  test('gives the turn of who gave up to the next', async () => {
    const { clock, ledger } = create({ concurrency: 1 });
    const first = await ledger.permit('markets', NEVER);
    const gone = new AbortController();
    const given = expect(ledger.permit('markets', gone.signal)).rejects.toThrow('enough');
    const next = ledger.permit('markets', NEVER);
    gone.abort(new Error('enough'));
    await given;
    first.release();
    await clock.advance(0);
    (await next).release();
    expect(await ledger.state('markets')).toMatchObject({ inFlight: 0 });
  });

  test('stamps rise, also within a microsecond', async () => {
    const { ledger } = create();
    const stamps = [await ledger.stamp(), await ledger.stamp(), await ledger.stamp()];
    expect(stamps.toSorted((a, b) => a - b)).toEqual(stamps);
    expect(new Set(stamps).size).toBe(3);
  });
});

test('a share of a budget is at least one call at a time, and as much slower', () => {
  const rate = { calls: 50, perMs: 1_000 };
  expect(shareOf({ concurrency: 16, rate }, 0.1)).toEqual({
    concurrency: 1,
    rate: { calls: 50, perMs: 10_000 },
  });
  expect(shareOf({ concurrency: 64, rate: undefined }, 0.1)).toEqual({ concurrency: 6, rate: undefined });
});
