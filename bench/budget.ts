/**
 * What the budget costs, and how it holds: `npm run bench:budget`. Ledgers of several processes' kind on one Redis of their own,
 * against an origin that counts for itself; all times are of this machine.
 */
import { Redis } from 'ioredis';
import { RedisLedger } from '../src/budget/redis-ledger.ts';
import type { Budget } from '../src/core/budget.ts';
import { systemClock as clock, sleep } from '../src/core/clock.ts';
import { Events } from '../src/core/events.ts';
import { callAlways, type OriginLimits, SimulatedOrigin } from '../test/support/simulated-origin.ts';
import { inSandbox } from './sandbox.ts';

const NEVER = new AbortController().signal;

let names = 0;

interface Rig {
  readonly open: () => RedisLedger;
  readonly close: () => Promise<void>;
}

function rig(url: string, budget: Budget): Rig {
  names += 1;
  const prefix = `bench${names}`;
  const opened: { readonly ledger: RedisLedger; readonly redis: Redis }[] = [];
  const open = () => {
    const redis = new Redis(url);
    const ledger = new RedisLedger({
      ...{ redis, prefix, holder: `p${opened.length}`, clock, events: new Events() },
      ...{ budgets: new Map([['o', budget]]), leaseMs: 15_000, patienceMs: 2_000 },
    });
    opened.push({ ledger, redis });
    return ledger;
  };
  const close = async () => {
    for (const { ledger, redis } of opened) {
      await ledger.close();
      redis.disconnect();
    }
  };
  return { open, close };
}

/** Permits a second that processes take and give back, in batches of 250. Each is counted, so that none is used twice. */
async function throughput(url: string, processes: number): Promise<number> {
  const windows = [{ calls: 1e9, perMs: 86_400_000 }];
  const { open, close } = rig(url, { rate: undefined, concurrency: 100_000, windows });
  let permits = 0;
  const end = clock.elapsed() + 3_000;
  await Promise.all(
    Array.from({ length: processes }, async () => {
      const ledger = open();
      while (clock.elapsed() < end) {
        const batch = await Promise.all(Array.from({ length: 250 }, () => ledger.permit('o', NEVER)));
        for (const permit of batch) permit.release({ outcome: 'ok', ms: 1 });
        permits += batch.length;
      }
    }),
  );
  await close();
  return permits / 3;
}

interface Lowered {
  readonly share: number;
  readonly perSecond: number;
  readonly backAfterS: number;
  readonly peak: number;
}

/** An origin that halves its limit for a minute, under eight processes. */
async function halving(url: string): Promise<Lowered> {
  const budget: Budget = { rate: { calls: 100, perMs: 1_000 }, concurrency: 32 };
  const before: OriginLimits = { perSecond: 110, concurrency: 64, answerMs: 30 };
  const { open, close } = rig(url, budget);
  const origin = new SimulatedOrigin(clock, before);
  const stop = new AbortController();
  const ledgers = Array.from({ length: 8 }, open);
  const lanes = ledgers.flatMap((ledger) =>
    Array.from({ length: 6 }, () => callAlways({ ledger, origin, clock }, stop.signal)),
  );
  await sleep(clock, 5_000);
  const began = clock.elapsed();
  origin.limits = { ...before, perSecond: 55 };
  await sleep(clock, 60_000);
  const low = origin.between(began + 10_000, began + 60_000);
  origin.limits = before;
  const returned = clock.elapsed();
  while ((await ledgers[0]?.state('o'))?.lowered !== undefined) await sleep(clock, 200);
  const backAfterS = (clock.elapsed() - returned) / 1_000;
  stop.abort();
  await Promise.all(lanes);
  await close();
  const times = origin.calls.map(({ at }) => at);
  return { share: low.throttled / low.calls, perSecond: low.calls / 50, backAfterS, peak: peakOf(times) };
}

function peakOf(times: readonly number[]): number {
  let [most, from] = [0, 0];
  for (const [i, at] of times.entries()) {
    while ((times[from] ?? 0) <= at - 1_000) from += 1;
    most = Math.max(most, i - from + 1);
  }
  return most;
}

/** An origin that tells what is left, under eight processes: calls that were one too many, and calls in all. */
async function told(url: string): Promise<{ readonly throttled: number; readonly calls: number }> {
  const { open, close } = rig(url, { rate: undefined, concurrency: 16 });
  const quota = { calls: 300, windowMs: 10_000, round: Math.ceil };
  const origin = new SimulatedOrigin(clock, { perSecond: 9_999, concurrency: 64, answerMs: 30, quota });
  const stop = new AbortController();
  const lanes = Array.from({ length: 8 }, open).flatMap((ledger) =>
    Array.from({ length: 4 }, () => callAlways({ ledger, origin, clock }, stop.signal)),
  );
  await sleep(clock, 40_000);
  stop.abort();
  await Promise.all(lanes);
  await close();
  return origin.between(0, Number.POSITIVE_INFINITY);
}

/** How long reads wait for a permit beside seven processes that use up the budget: the p99, in ms. */
async function readsBesideRuns(url: string, budget: Budget): Promise<number> {
  const { open, close } = rig(url, budget);
  const origin = new SimulatedOrigin(clock, { perSecond: 9_999, concurrency: 999, answerMs: 50 });
  const stop = new AbortController();
  const lanes = Array.from({ length: 7 }, open).flatMap((ledger) =>
    Array.from({ length: 8 }, () => callAlways({ ledger, origin, clock }, stop.signal)),
  );
  const reader = open();
  const waits: number[] = [];
  for (let n = 0; n < 300; n += 1) {
    const began = clock.elapsed();
    const permit = await reader.permit('o', NEVER, 'live');
    waits.push(clock.elapsed() - began);
    permit.release(await origin.call(() => undefined));
    await sleep(clock, 20);
  }
  stop.abort();
  await Promise.all(lanes);
  await close();
  return waits.sort((a, b) => a - b)[Math.floor(waits.length * 0.99)] ?? 0;
}

function line(what: string, figure: string, aim: string): void {
  process.stdout.write(`${what.padEnd(62)} ${figure.padStart(12)}   ${aim}\n`);
}

await inSandbox(async ({ redisUrl: url }) => {
  line('permits a second, one process', (await throughput(url, 1)).toFixed(0), 'at least 20,000');
  line('permits a second, four clients', (await throughput(url, 4)).toFixed(0), 'at least 20,000');
  const slots = await readsBesideRuns(url, { rate: undefined, concurrency: 8 });
  line('p99 wait of a read, all calls at a time in use, ms', slots.toFixed(0), 'below 200');
  const paced = await readsBesideRuns(url, { rate: { calls: 50, perMs: 1_000 }, concurrency: 32 });
  line('p99 wait of a read, the rate used up, ms', paced.toFixed(0), 'below 200');
  const low = await halving(url);
  line('halved limit: throttled after ten seconds, %', (low.share * 100).toFixed(2), 'below 1');
  line('halved limit: calls a second of 55', low.perSecond.toFixed(1), 'above 46.7');
  line('halved limit: seconds until it is as configured', low.backAfterS.toFixed(1), 'below 60');
  line('most calls in any second, of 100', low.peak.toFixed(0), 'at most 100');
  const { throttled, calls } = await told(url);
  line('an origin that tells what is left: throttled', `${throttled} of ${calls}`, '0');
});
