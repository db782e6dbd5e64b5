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

  test('defers a caller that would wait longer than its patience for a turn, or for the rate', async () => {
    const { clock, ledger } = create({ concurrency: 1 });
    await ledger.permit('markets', NEVER);
    const late = expect(ledger.permit('markets', NEVER)).rejects.toBeInstanceOf(BudgetDeferredError);
    await clock.advance(PATIENCE);
    await late;
    const slow = create({ rate: { calls: 1, perMs: 60_000 } });
    await slow.ledger.permit('markets', NEVER);
    await expect(slow.ledger.permit('markets', NEVER)).rejects.toBeInstanceOf(BudgetDeferredError);
  });

  test('lets a start lapse that a pause overtakes, and waits the pause out', async () => {
    const { clock, ledger } = create({ rate: { calls: 2, perMs: 1_000 } });
    (await ledger.permit('markets', NEVER)).release();
    const next = ledger.permit('markets', NEVER).then(() => clock.elapsed());
    await clock.advance(100);
    await ledger.pause('markets', clock.now() + 1_500, 'it asked for it');
    await clock.advance(PATIENCE);
    expect(await next).toBe(1_600);
  });
});

test('a share of a budget is at least one call at a time, and as much slower', () => {
  const rate = { calls: 50, perMs: 1_000 };
  expect(shareOf({ concurrency: 16, rate }, 0.1)).toMatchObject({
    concurrency: 1,
    rate: { calls: 50, perMs: 10_000 },
  });
  expect(shareOf({ concurrency: 64, rate: undefined }, 0.1)).toMatchObject({
    concurrency: 6,
    rate: undefined,
  });
});
