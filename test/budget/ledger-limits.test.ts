import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Permit } from '../../src/budget/ledger.ts';
import type { RedisLedger } from '../../src/budget/redis-ledger.ts';
import { EXCHANGE } from '../../src/budget/redis-ledger-scripts.ts';
import { type Budget, intervalOf } from '../../src/core/budget.ts';
import { sleep, systemClock } from '../../src/core/clock.ts';
import { runScript } from '../../src/redis/script.ts';
import { lateness } from '../support/lateness.ts';
import { redisLedger } from '../support/ledgers.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { until } from '../support/waiting.ts';

const NEVER = new AbortController().signal;
const LEASE_MS = 15_000;
const OLD_SCRIPT = readFileSync(new URL('../fixtures/budget/exchange-0.1.lua', import.meta.url), 'utf8');

const upTo = (concurrency: number): Budget => ({ concurrency, rate: undefined });

function open(budget: Budget, prefix: string, leaseMs = LEASE_MS): RedisLedger {
  const ledger = redisLedger(budget, { prefix, leaseMs });
  onTestFinished(() => ledger.close());
  return ledger;
}

/** Takes permits until none comes within `ms`. */
async function takeAll(ledger: RedisLedger, ms = 100): Promise<Permit[]> {
  const taken: Permit[] = [];
  for (;;) {
    const permit = await ledger.permit('o', AbortSignal.timeout(ms)).catch(() => undefined);
    if (permit === undefined) return taken;
    taken.push(permit);
  }
}

describe('the limits of an origin', () => {
  it('are the strictest of all processes that live, for each of them', async () => {
    const prefix = uniquePrefix();
    const strict = open(upTo(2), prefix);
    const loose = open(upTo(6), prefix);
    (await strict.permit('o', NEVER)).release();
    expect(await takeAll(loose)).toHaveLength(2);
    expect((await loose.state('o')).limits).toEqual({ concurrency: 2, intervalMs: 0 });
  });

  it('are strict in each respect by itself: a longer interval here, fewer calls there', async () => {
    const prefix = uniquePrefix();
    const slow = open({ concurrency: 8, rate: { calls: 10, perMs: 1_000 } }, prefix);
    const narrow = open(upTo(3), prefix);
    (await slow.permit('o', NEVER)).release();
    (await narrow.permit('o', NEVER)).release();
    for (const ledger of [slow, narrow]) {
      const { limits } = await ledger.state('o');
      expect(limits).toEqual({ concurrency: 3, intervalMs: 105 });
    }
    const starts: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      (await narrow.permit('o', NEVER)).release();
      starts.push(performance.now());
    }
    expect((starts[3] ?? 0) - (starts[0] ?? 0)).toBeGreaterThan(3 * 100 - 20);
  });

  it('hold no longer than a lease after the last process that configured them was heard of', async () => {
    const prefix = uniquePrefix();
    const strict = open(upTo(2), prefix, 300);
    (await strict.permit('o', NEVER)).release();
    await strict.close();
    const loose = open(upTo(6), prefix, 300);
    const all = async () => {
      const taken = await takeAll(loose);
      for (const permit of taken) permit.release();
      return taken.length;
    };
    expect(await until('the limit of the other configuration ends', all, (count) => count > 2)).toBe(6);
  });

  it('hold for a minute after that at the most, however long a call may last', async () => {
    const prefix = uniquePrefix();
    const strict = open(upTo(2), prefix, 172_800_000);
    (await strict.permit('o', NEVER)).release();
    const redis = connectRedis();
    const [ends] = await redis.hvals(`${prefix}:{o:o}:limits`);
    const [seconds = 0] = await redis.time();
    expect(Number(ends)).toBeLessThanOrEqual((Number(seconds) + 61) * 1_000);
  });

  it('hold no call back by what a rate that ended had set as the next time', async () => {
    const prefix = uniquePrefix();
    const mistyped = open({ concurrency: 8, rate: { calls: 1, perMs: 86_400_000 } }, prefix, 300);
    (await mistyped.permit('o', NEVER)).release();
    await mistyped.close();
    const corrected = open({ concurrency: 8, rate: { calls: 50, perMs: 1_000 } }, prefix, 300);
    const granted = async () => {
      const permit = await corrected.permit('o', NEVER).catch(() => undefined);
      permit?.release();
      return permit !== undefined;
    };
    expect(await until('the rate that was corrected holds', granted, (isGranted) => isGranted)).toBe(true);
  });

  it('hold without a gap while a process that configured them makes a long call', async () => {
    const prefix = uniquePrefix();
    const [strict, loose] = [open(upTo(2), prefix, 1_000), open(upTo(6), prefix, 1_000)];
    const permit = await strict.permit('o', NEVER);
    const end = performance.now() + 2_200;
    while (performance.now() < end) {
      expect((await loose.state('o')).limits.concurrency).toBe(2);
      await sleep(systemClock, 10);
    }
    permit.release();
  });

  it('are there again after a Redis that lost its data, with what is in flight', async () => {
    const prefix = uniquePrefix();
    const redis = connectRedis();
    const [strict, loose] = [open(upTo(3), prefix, 900), open(upTo(6), prefix, 900)];
    const held = [await strict.permit('o', NEVER), await strict.permit('o', NEVER)];
    const keys = await redis.keys(`${prefix}:*`);
    expect(keys.length).toBeGreaterThan(2);
    await redis.del(keys);
    // The leases are renewed, which writes all of it again.
    const state = () => loose.state('o');
    await until('the state comes back', state, ({ inFlight, limits }) => inFlight + limits.concurrency === 5);
    expect(await takeAll(loose)).toHaveLength(1);
    for (const permit of held) permit.release();
  });
});

describe('the totals of calls', () => {
  it('are added up over processes, and counted once however often an exchange is executed', async () => {
    const prefix = uniquePrefix();
    const redis = connectRedis();
    const [a, b] = [open(upTo(4), prefix), open(upTo(4), prefix)];
    for (const ledger of [a, a, b]) (await ledger.permit('o', NEVER)).release({ outcome: 'failed', ms: 7 });
    const calls = async () => (await b.state('o')).calls;
    await until('all are reported', calls, ({ failed }) => failed === 3);
    for (let n = 0; n < 3; n += 1) (await a.permit('o', NEVER)).release();
    const keys = ['ledger', 'holders', 'limits', 'calls', 'windows', 'used'].map(
      (what) => `${prefix}:{o:o}:${what}`,
    );
    // As a connection does after a lost reply: it sends the same command again.
    for (let n = 0; n < 3; n += 1)
      await runScript(redis, EXCHANGE, keys, [
        'c',
        0,
        0,
        4,
        0,
        0,
        LEASE_MS,
        '5 1 0 9 0 0 0 0 6',
        '',
        0.2,
        1,
        '0 0 0 0 0',
        '',
        0,
      ]);
    expect(await calls()).toMatchObject({ ok: 5, throttled: 1, failed: 3, ms: 30 });
  });

  it('of processes that were not heard of for an hour are cleared away by the next that comes', async () => {
    const prefix = uniquePrefix();
    const redis = connectRedis();
    const key = `${prefix}:{o:o}:calls`;
    await redis.hset(key, 'gone', '5 0 0 100 1000', 'recent', `1 0 0 2 ${Date.now() + 60_000}`);
    const ledger = open(upTo(4), prefix);
    expect((await ledger.state('o')).calls).toMatchObject({ ok: 1 });
    (await ledger.permit('o', NEVER)).release({ outcome: 'ok', ms: 1 });
    const fields = () => redis.hkeys(key);
    await until('it is cleared away', fields, (names) => names.length === 2 && !names.includes('gone'));
  });
});

/** A process of version 0.1: it sends the script that it has, and the limits of its own configuration. */
async function oldProcess(prefix: string, budget: Budget, calls: number, onCall: () => Promise<void>) {
  const redis = connectRedis();
  const keys = [`${prefix}:{o:o}:ledger`, `${prefix}:{o:o}:holders`];
  let inUse = 0;
  const exchange = async (want: number) => {
    const interval = Math.ceil(intervalOf(budget) * 1_000);
    const args = [prefix, inUse, want, budget.concurrency, interval, 50_000, LEASE_MS];
    return (await redis.eval(OLD_SCRIPT, 2, ...keys, ...args)) as [number, string, number, number];
  };
  for (let made = 0; made < calls; ) {
    const [granted, , firstIn, waitMs] = await exchange(1);
    inUse += granted;
    await sleep(systemClock, granted === 0 ? waitMs : firstIn / 1_000);
    if (granted > 0) await onCall();
    made += granted;
    inUse -= granted;
    await exchange(0);
  }
}

describe('a process of an earlier version', () => {
  it('keeps to the concurrency together with those of this one', async () => {
    const prefix = uniquePrefix();
    const ledgers = [open(upTo(3), prefix), open(upTo(3), prefix)];
    let [inFlight, peak, made] = [0, 0, 0];
    const call = async () => {
      inFlight += 1;
      peak = Math.max(peak, inFlight);
      await sleep(systemClock, 3);
      inFlight -= 1;
      made += 1;
    };
    const lane = async (ledger: RedisLedger) => {
      for (let n = 0; n < 15; n += 1) {
        const permit = await ledger.permit('o', NEVER);
        await call();
        permit.release({ outcome: 'ok', ms: 3 });
      }
    };
    const lanes = ledgers.flatMap((ledger) => [lane(ledger), lane(ledger), lane(ledger)]);
    await Promise.all([oldProcess(prefix, upTo(3), 15, call), ...lanes]);
    expect(made).toBe(105);
    expect(peak).toBeLessThanOrEqual(3);
  });

  it('keeps to the rate together with those of this one', async () => {
    const prefix = uniquePrefix();
    const paced: Budget = { concurrency: 8, rate: { calls: 100, perMs: 1_000 } };
    const starts: number[] = [];
    const call = async () => {
      starts.push(performance.now());
    };
    const ledger = open(paced, prefix);
    const lane = async () => {
      for (let n = 0; n < 10; n += 1) {
        const permit = await ledger.permit('o', NEVER);
        await call();
        permit.release();
      }
    };
    const late = lateness();
    await Promise.all([oldProcess(prefix, paced, 20, call), lane(), lane(), lane()]);
    const inWindow = (from: number) => starts.filter((at) => at >= from && at < from + 200).length;
    // 20 by the rate; timers that fire late may carry a few over the edge of a window, one for each 10 ms.
    expect(Math.max(...starts.map(inWindow))).toBeLessThanOrEqual(24 + late() / 10);
    expect(starts).toHaveLength(50);
  });
});
