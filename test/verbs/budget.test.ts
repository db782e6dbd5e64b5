/** Who used the budget of an origin: every call of an hour is somebody's, and is beside what was allowed. */
import { expect, onTestFinished, test } from 'vitest';
import { LocalLedger } from '../../src/budget/local-ledger.ts';
import { RedisLedger } from '../../src/budget/redis-ledger.ts';
import type { BudgetUser } from '../../src/core/budget.ts';
import { systemClock } from '../../src/core/clock.ts';
import { Events } from '../../src/core/events.ts';
import { NEVER } from '../../src/core/never.ts';
import { budgetOf } from '../../src/verbs/budget.ts';
import { budgetReport } from '../../src/verbs/budget-shapes.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { sourceWith } from '../support/sources.ts';
import { until } from '../support/waiting.ts';

const HOUR_MS = 3_600_000;
const BUDGET = {
  concurrency: 4,
  rate: { calls: 100, perMs: 1_000 },
  windows: [{ calls: 5_000, perMs: 24 * HOUR_MS }],
};
const budgets = new Map([['markets', BUDGET]]);
const sources = new Map([['profile', sourceWith()]]);

function setup() {
  const redis = connectRedis();
  const prefix = uniquePrefix();
  const deps = { redis, prefix, budgets, clock: systemClock, events: new Events() };
  const ledger = new RedisLedger({ ...deps, holder: 'p1', leaseMs: 5_000, patienceMs: 5_000 });
  onTestFinished(() => ledger.close());
  const registry = {
    processes: async () => [
      {
        ...{ id: 'p1', roles: ['worker'], host: 'h', pid: 7, startedAt: 0, seenAt: 0 },
        ...{ memory: undefined, statistics: undefined },
      },
    ],
  };
  const look = (origin: string | null = null, hours = 24) =>
    budgetOf({ ledger, registry, budgets, sources, clock: systemClock }, origin, hours);
  const call = async (user: BudgetUser, outcome: 'ok' | 'throttled' | 'failed') =>
    (await ledger.permit('markets', NEVER, user)).release({ outcome, ms: 5 });
  return { redis, prefix, ledger, look, call };
}

test('each call is counted for its user and its hour, with how it went, beside what is allowed', async () => {
  const { look, call } = setup();
  for (const user of ['hot', 'hot', 'hot', 'run'] as const) await call(user, 'ok');
  await call('run', 'failed');
  const report = await until('all calls', look, ({ origins }) => origins[0]?.total.calls === 5);
  const [markets] = budgetReport.parse(report).origins;
  expect(markets).toMatchObject({
    ...{ origin: 'markets', rate: '100/s, 5000/d', allowedPerHour: 5_000 },
    total: { by: { live: 0, hot: 3, run: 2 }, share: { hot: 0.6, run: 0.4 }, throttled: 0, failed: 1 },
  });
  const calls = (markets?.hours ?? []).reduce((sum, hour) => sum + hour.calls, 0);
  expect([calls, markets?.hours[0]?.used]).toEqual([5, expect.closeTo(0.001, 3)]);
});

test('limits that nobody lowered are those that are configured, without the room that the pace keeps', async () => {
  const limits = (await setup().look()).origins[0]?.limits;
  expect(limits).toEqual({ perSecond: 100, concurrency: 4, configured: { perSecond: 100, concurrency: 4 } });
});

test('a pause and lowered limits are told with why and by whom', async () => {
  const { look, ledger, redis, prefix } = setup();
  const now = Date.now();
  await ledger.pause('markets', now + 60_000, 'it answered 429');
  const lowered = {
    ...{ rate: 50, permits: 2, top: { rate: 100, permits: 4 }, confirmed: true },
    ...{ age: 0, since: now, cutAt: now, at: now, reason: 'it answered 503' },
  };
  await redis.hset(`${prefix}:{o:markets}:ledger`, 'lowered', JSON.stringify(lowered));
  expect((await look()).origins[0]).toMatchObject({
    paused: { until: now + 60_000, reason: 'it answered 429', by: 'worker 7 on h' },
    lowered: { since: now, reason: 'it answered 503' },
    limits: {
      concurrency: 2,
      perSecond: expect.closeTo(52.5),
      configured: { concurrency: 4, perSecond: 100 },
    },
  });
});

test('what processes wait for is told by user, and what is out of date is not', async () => {
  const { look, redis, prefix } = setup();
  const soon = Date.now() + 60_000;
  const users = `a 0 ${soon} 1,0,0,0,7 b 1 ${soon} 0,2,0,0,3 c 0 5 9,9,9,9,9`;
  await redis.hset(`${prefix}:{o:markets}:ledger`, 'users', users);
  const waiting = { live: 1, hot: 2, warm: 0, cold: 0, run: 10 };
  expect((await look()).origins[0]?.waiting).toEqual(waiting);
});

test('hours before those that are asked for are left out, and hours of an older version count too', async () => {
  const { look, redis, prefix } = setup();
  const hour = Math.floor(Date.now() / HOUR_MS);
  await redis.hset(`${prefix}:{o:markets}:used`, { [`${hour - 1}:2`]: '7', [`${hour - 5}:5`]: '9' });
  const totals = async (hours: number) => (await look('markets', hours)).origins[0]?.total;
  expect(await totals(1)).toMatchObject({ calls: 0, share: { hot: 0 } });
  expect(await totals(2)).toMatchObject({ calls: 7, by: { hot: 7 }, throttled: 0, failed: 0 });
  expect(await totals(6)).toMatchObject({ calls: 16, by: { hot: 7, run: 9 } });
});

test('an origin that is not configured is refused, and the nearest one is named', async () => {
  const { look } = setup();
  await expect(look('market')).rejects.toMatchObject({
    ...{ code: 'E_NOT_FOUND', message: expect.stringContaining('did you mean "markets"?') },
  });
});

test('a process by itself has no hours on record', async () => {
  const alone = new LocalLedger({ budgets, clock: systemClock, patienceMs: 1_000 });
  onTestFinished(() => alone.close());
  const deps = {
    ledger: alone,
    registry: { processes: async () => [] },
    budgets,
    sources,
    clock: systemClock,
  };
  expect((await budgetOf(deps, null, 24)).origins[0]).toMatchObject({ hours: [], waiting: { run: 0 } });
});
