import { describe, expect, it, onTestFinished } from 'vitest';
import { FairWaiters } from '../../src/budget/fair-waiters.ts';
import type { RedisLedger } from '../../src/budget/redis-ledger.ts';
import type { Budget, BudgetUser } from '../../src/core/budget.ts';
import { sleep, systemClock } from '../../src/core/clock.ts';
import { redisLedger } from '../support/ledgers.ts';
import { uniquePrefix } from '../support/redis.ts';
import { until } from '../support/waiting.ts';

const NEVER = new AbortController().signal;

function open(budget: Budget, prefix = uniquePrefix()): RedisLedger {
  const ledger = redisLedger(budget, { prefix });
  onTestFinished(() => ledger.close());
  return ledger;
}

/** Calls as fast as the budget allows, until the signal aborts. */
async function callAlways(ledger: RedisLedger, user: BudgetUser, holdMs: number, stop: AbortSignal) {
  let calls = 0;
  while (!stop.aborted) {
    const permit = await ledger.permit('o', stop, user).catch(() => undefined);
    if (permit === undefined) continue;
    await sleep(systemClock, holdMs);
    permit.release({ outcome: 'ok', ms: holdMs });
    calls += 1;
  }
  return calls;
}

/** Three processes that have a run each, and one that reads now and then: how long each read waits for its permit. */
async function readsBesideRuns(budget: Budget, holdMs: number, reads: number): Promise<number[]> {
  const prefix = uniquePrefix();
  const stop = new AbortController();
  const runs = Array.from({ length: 3 }, () => open(budget, prefix));
  const busy = runs.flatMap((ledger) =>
    Array.from({ length: 6 }, () => callAlways(ledger, 'run', holdMs, stop.signal)),
  );
  const reader = open(budget, prefix);
  const waits: number[] = [];
  for (let n = 0; n < reads; n += 1) {
    const began = performance.now();
    const permit = await reader.permit('o', NEVER, 'live');
    waits.push(performance.now() - began);
    permit.release({ outcome: 'ok', ms: 1 });
    await sleep(systemClock, 10);
  }
  stop.abort();
  await Promise.all(busy);
  return waits.sort((a, b) => a - b);
}

describe('a read that waits for its permit beside runs of several processes', () => {
  it('does not wait for long while all calls at a time are theirs', async () => {
    const waits = await readsBesideRuns({ concurrency: 4, rate: undefined }, 20, 30);
    expect(waits.at(-2)).toBeLessThan(200);
  });

  it('does not wait for long while they use up the rate', async () => {
    const waits = await readsBesideRuns({ concurrency: 16, rate: { calls: 50, perMs: 1_000 } }, 5, 20);
    expect(waits.at(-2)).toBeLessThan(200);
  });
});

describe('a budget that several users want more of than there is', () => {
  it('is shared by their shares over processes, and who used how much is on record', async () => {
    const prefix = uniquePrefix();
    const budget: Budget = { concurrency: 4, rate: { calls: 200, perMs: 1_000 } };
    const [hot, runs] = [open(budget, prefix), open(budget, prefix)];
    const stop = new AbortController();
    const lanes = [hot, runs].flatMap((ledger, i) =>
      Array.from({ length: 8 }, () => callAlways(ledger, i === 0 ? 'hot' : 'run', 4, stop.signal)),
    );
    await sleep(systemClock, 1_200);
    stop.abort();
    const calls = await Promise.all(lanes);
    const sum = (from: number) => calls.slice(from, from + 8).reduce((total, n) => total + n, 0);
    expect(sum(0)).toBeGreaterThan(sum(8) * 1.3);
    expect(sum(8)).toBeGreaterThan(10);
    const used = async () => (await hot.state('o')).used.at(-1)?.by;
    const all = sum(0) + sum(8);
    const by = await until('all are on record', used, (each) => (each?.hot ?? 0) + (each?.run ?? 0) >= all);
    expect(by).toMatchObject({ live: 0, hot: sum(0), run: sum(8) });
  });

  it('is all for one that is alone', async () => {
    const ledger = open({ concurrency: 4, rate: undefined });
    const held = await Promise.all(Array.from({ length: 4 }, () => ledger.permit('o', NEVER, 'cold')));
    expect(held).toHaveLength(4);
    for (const permit of held) permit.release();
  });
});

describe('a window of a day', () => {
  it('is not begun anew by a process that starts, and keeps a part for reads that wait', async () => {
    const prefix = uniquePrefix();
    const budget: Budget = { concurrency: 50, rate: undefined, windows: [{ calls: 10, perMs: 86_400_000 }] };
    const first = open(budget, prefix);
    for (let n = 0; n < 8; n += 1) (await first.permit('o', NEVER)).release();
    await first.close();
    const second = open(budget, prefix);
    const deferred = { code: 'E_BUDGET_DEFERRED' };
    await expect(second.permit('o', NEVER)).rejects.toMatchObject(deferred);
    for (let n = 0; n < 2; n += 1) (await second.permit('o', NEVER, 'live')).release();
    await expect(second.permit('o', NEVER, 'live')).rejects.toMatchObject(deferred);
  });
});

describe('the callers that wait in one process', () => {
  it('are served by their shares, and equals in the order of their names', () => {
    const waiters = new FairWaiters();
    for (let n = 0; n < 40; n += 1)
      for (const user of ['run', 'hot', 'live'] as const) waiters.add(user, NEVER).catch(() => undefined);
    const served = Array.from({ length: 30 }, () => waiters.next()?.user);
    expect(served.slice(0, 3)).toEqual(['live', 'hot', 'run']);
    const count = (user: BudgetUser) => served.filter((each) => each === user).length;
    expect([count('live'), count('hot'), count('run')]).toEqual([16, 10, 4]);
  });

  it('do not save up shares while they are away', () => {
    const waiters = new FairWaiters();
    for (let n = 0; n < 100; n += 1) waiters.add('run', NEVER).catch(() => undefined);
    for (let n = 0; n < 50; n += 1) waiters.next();
    for (let n = 0; n < 50; n += 1) waiters.add('cold', NEVER).catch(() => undefined);
    const served = Array.from({ length: 20 }, () => waiters.next()?.user);
    expect(served.filter((user) => user === 'run').length).toBeGreaterThan(8);
  });
});
