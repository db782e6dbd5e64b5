import { describe, expect, it, onTestFinished } from 'vitest';
import { FairWaiters } from '../../src/budget/fair-waiters.ts';
import type { RedisLedger } from '../../src/budget/redis-ledger.ts';
import { type Budget, type BudgetUser, SHARES } from '../../src/core/budget.ts';
import { sleep, systemClock } from '../../src/core/clock.ts';
import { redisLedger } from '../support/ledgers.ts';
import { uniquePrefix } from '../support/redis.ts';
import { until } from '../support/waiting.ts';

const NEVER = new AbortController().signal;
const FOUR: Budget = { concurrency: 4, rate: undefined };
const PACED: Budget = { concurrency: 24, rate: { calls: 100, perMs: 1_000 } };

function open(budget: Budget, prefix = uniquePrefix()): RedisLedger {
  const ledger = redisLedger(budget, { prefix });
  onTestFinished(() => ledger.close());
  return ledger;
}

/** Calls as fast as the budget allows, until the signal aborts; `onCall` hears of each. */
async function callAlways(
  { ledger, user, holdMs }: { ledger: RedisLedger; user: BudgetUser; holdMs: number },
  stop: AbortSignal,
  onCall: () => void,
): Promise<void> {
  while (!stop.aborted) {
    const permit = await ledger.permit('o', stop, user).catch(() => undefined);
    if (permit === undefined) continue;
    onCall();
    await sleep(systemClock, holdMs);
    permit.release({ outcome: 'ok', ms: holdMs });
  }
}

/** Eight callers in each of these processes, until so many calls were made in all; returns how many each process made, after the first so many. */
async function race(
  racers: readonly { ledger: RedisLedger; user: BudgetUser }[],
  calls: number,
  { after = 0 } = {},
) {
  let begun = 0;
  const stop = new AbortController();
  const made = racers.map(() => 0);
  const sum = () => made.reduce((total, n) => total + n, 0);
  const lanes = racers.flatMap((racer, i) =>
    Array.from({ length: 8 }, () =>
      callAlways({ ...racer, holdMs: 5 }, stop.signal, () => {
        begun += 1;
        if (begun > after) made[i] = (made[i] ?? 0) + 1;
      }),
    ),
  );
  await until(
    'the calls of all',
    async () => sum(),
    (all) => all >= calls,
  );
  stop.abort();
  await Promise.all(lanes);
  return made;
}

/** Three processes that have a run each, one of which reads now and then: how many calls of the runs begin before each read's. */
async function callsBeforeReads(budget: Budget, user: BudgetUser): Promise<number[]> {
  const prefix = uniquePrefix();
  const stop = new AbortController();
  const runs = Array.from({ length: 3 }, () => open(budget, prefix));
  let begun = 0;
  const onCall = () => {
    begun += 1;
  };
  const lanes = runs.flatMap((ledger) =>
    Array.from({ length: 8 }, () => callAlways({ ledger, user: 'run', holdMs: 10 }, stop.signal, onCall)),
  );
  const [reader = open(budget, prefix)] = runs;
  const before: number[] = [];
  for (let n = 0; n < 15; n += 1) {
    const began = begun;
    const permit = await reader.permit('o', NEVER, user);
    before.push(begun - began);
    permit.release({ outcome: 'ok', ms: 1 });
    const so = begun + 2;
    await until(
      'calls between two reads',
      async () => begun,
      (calls) => calls >= so,
    );
  }
  stop.abort();
  await Promise.all(lanes);
  return before.sort((a, b) => a - b);
}

describe.each<[string, Budget]>([
  ['all calls at a time', FOUR],
  ['the rate', PACED],
])('a read that waits for its permit while runs of several processes use up %s', (_, budget) => {
  it('is served long before those that waited before it', async () => {
    const [median] = (await callsBeforeReads(budget, 'live')).slice(7);
    expect(median).toBeLessThan(8);
  });

  it('would be seen to wait for its turn among them', async () => {
    const [median] = (await callsBeforeReads(budget, 'run')).slice(7);
    expect(median).toBeGreaterThan(8);
  });
});

describe('a rate of a minute', () => {
  const minute: Budget = { concurrency: 20, rate: { calls: 10, perMs: 60_000 } };
  const deferred = { code: 'E_BUDGET_DEFERRED' };

  it('keeps calls for reads, which begin at once beside a run that has used it up', async () => {
    const prefix = uniquePrefix();
    const [run, reader] = [open(minute, prefix), open(minute, prefix)];
    (await run.permit('o', NEVER)).release();
    await expect(run.permit('o', NEVER)).rejects.toMatchObject(deferred);
    (await reader.permit('o', NEVER, 'live')).release();
    await expect(run.permit('o', NEVER)).rejects.toMatchObject(deferred);
    await expect(reader.permit('o', NEVER, 'live')).rejects.toMatchObject(deferred);
  });

  it('is all for runs where nothing is to be kept', async () => {
    const ledger = open({ ...minute, reserve: 0 });
    (await ledger.permit('o', NEVER)).release();
    await expect(ledger.permit('o', NEVER, 'live')).rejects.toMatchObject(deferred);
  });
});

describe('a budget that several users want more of than there is', () => {
  it('is shared by their shares over processes, and who used how much is on record', async () => {
    const prefix = uniquePrefix();
    const budget: Budget = { concurrency: 4, rate: { calls: 200, perMs: 1_000 } };
    const [hot, runs] = [open(budget, prefix), open(budget, prefix)];
    const [hotter = 0, colder = 0] = await race(
      [
        { ledger: hot, user: 'hot' },
        { ledger: runs, user: 'run' },
      ],
      200,
    );
    expect(hotter).toBeGreaterThan(colder * 1.3);
    expect(colder).toBeGreaterThan(10);
    const used = async () => (await hot.state('o')).used.at(-1)?.by;
    const all = hotter + colder;
    const by = await until('all are on record', used, (each) => (each?.hot ?? 0) + (each?.run ?? 0) >= all);
    expect(by).toMatchObject({ live: 0, hot: hotter, run: colder });
  });

  it.each<[string, Budget, readonly (readonly BudgetUser[])[]]>([
    ['reads, and a worker', FOUR, [['live'], ['hot', 'run']]],
    ['reads, and three workers', FOUR, [['live'], ['hot', 'run'], ['hot', 'run'], ['run']]],
    ['two readers, and a worker', FOUR, [['live'], ['live'], ['hot', 'run']]],
    ['reads beside a worker with everything', FOUR, [['live'], ['hot', 'warm', 'cold', 'run']]],
    [
      'reads and a worker that share a rate',
      { ...PACED, rate: { calls: 250, perMs: 1_000 } },
      [['live'], ['hot', 'run']],
    ],
    ['workers of one user each', FOUR, [['hot'], ['warm'], ['run']]],
  ])(
    'is shared by their shares where each process has users of its own: %s',
    async (_, budget, processes) => {
      const prefix = uniquePrefix();
      const racers = processes.flatMap((users) => {
        const ledger = open(budget, prefix);
        return users.map((user) => ({ ledger, user }));
      });
      const made = await race(racers, 600, { after: 100 });
      const all = made.reduce((total, n) => total + n, 0);
      const users = [...new Set(processes.flat())];
      const whole = users.reduce((sum, user) => sum + SHARES[user], 0);
      for (const user of users) {
        const own = racers.reduce((sum, racer, i) => sum + (racer.user === user ? (made[i] ?? 0) : 0), 0);
        expect(Math.abs(own / all - SHARES[user] / whole), user).toBeLessThan(0.13);
      }
    },
  );

  it.each([
    [4, 3],
    [2, 5],
  ])(
    'is not for good for the processes that came first: %d calls at a time, %d processes',
    async (concurrency, count) => {
      const prefix = uniquePrefix();
      const racers = Array.from({ length: count }, () => ({
        ledger: open({ concurrency, rate: undefined }, prefix),
        user: 'run' as const,
      }));
      const made = await race(racers, 500);
      expect(Math.min(...made)).toBeGreaterThan(5);
    },
  );

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
    const why = expect.stringContaining('kept for reads that wait');
    await expect(second.permit('o', NEVER)).rejects.toMatchObject({ ...deferred, message: why });
    for (let n = 0; n < 2; n += 1) (await second.permit('o', NEVER, 'live')).release();
    await expect(second.permit('o', NEVER, 'live')).rejects.toMatchObject(deferred);
  });
});

describe('a burst as large as its window', () => {
  it("is a run's but for what is kept for reads: four of `5/d`", async () => {
    const ledger = open({ concurrency: 8, rate: { calls: 5, perMs: 86_400_000 }, burst: 5 });
    for (let n = 0; n < 4; n += 1) (await ledger.permit('o', NEVER)).release();
    const why = { code: 'E_BUDGET_DEFERRED', message: expect.stringContaining('kept for reads that wait') };
    await expect(ledger.permit('o', NEVER)).rejects.toMatchObject(why);
    (await ledger.permit('o', NEVER, 'live')).release();
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
