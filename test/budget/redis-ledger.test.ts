import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import type { Permit } from '../../src/budget/ledger.ts';
import type { RedisLedger } from '../../src/budget/redis-ledger.ts';
import type { Budget } from '../../src/core/budget.ts';
import { systemClock } from '../../src/core/clock.ts';
import { lateness } from '../support/lateness.ts';
import { redisLedger } from '../support/ledgers.ts';
import { uniquePrefix } from '../support/redis.ts';

const never = new AbortController().signal;

function setup(budget: Budget, prefix = uniquePrefix(), leaseMs = 15_000) {
  const ledger = redisLedger(budget, { prefix, leaseMs });
  onTestFinished(() => ledger.close());
  return ledger;
}

const free: Budget = { rate: undefined, concurrency: 4 };

/** Calls through `ledgers` until each has made `calls`; returns the starts and the most calls at one time. */
async function drive(ledgers: readonly RedisLedger[], calls: number, lanes: number, holdMs: number) {
  let inFlight = 0;
  let peak = 0;
  const starts: number[] = [];
  const lane = async (ledger: RedisLedger) => {
    for (let i = 0; i < calls; i += 1) {
      const permit = await ledger.permit('o', never);
      inFlight += 1;
      peak = Math.max(peak, inFlight);
      starts.push(performance.now());
      await new Promise<void>((resolve) => systemClock.after(holdMs, resolve));
      inFlight -= 1;
      permit.release();
    }
  };
  await Promise.all(ledgers.flatMap((ledger) => Array.from({ length: lanes }, () => lane(ledger))));
  return { starts, peak };
}

describe('the budget ledger of several processes', () => {
  it('never lets more calls run at once than the origin allows, over several processes', async () => {
    const prefix = uniquePrefix();
    const ledgers = [setup(free, prefix), setup(free, prefix), setup(free, prefix)];
    const { starts, peak } = await drive(ledgers, 20, 6, 2);
    expect(starts).toHaveLength(360);
    expect(peak).toBeLessThanOrEqual(4);
    expect(peak).toBeGreaterThanOrEqual(3);
  });

  it('exceeds the concurrency when each process counts for itself, which the same drive notices', async () => {
    const liars = [setup(free), setup(free), setup(free)];
    const { peak } = await drive(liars, 20, 6, 2);
    expect(peak).toBeGreaterThan(4);
  });

  it('spaces calls by the rate over several processes, in every window', async () => {
    const prefix = uniquePrefix();
    const paced: Budget = { rate: { calls: 100, perMs: 1_000 }, concurrency: 16 };
    const late = lateness();
    const { starts } = await drive([setup(paced, prefix), setup(paced, prefix)], 15, 4, 1);
    starts.sort((a, b) => a - b);
    const most = Math.max(
      ...starts.map((start, i) => starts.slice(i).filter((other) => other - start < 500).length),
    );
    // 50 by the rate in half a second; timers that fire late may carry a few calls over the edge of a window, one for each 10 ms.
    expect(most).toBeLessThanOrEqual(56 + late() / 10);
    expect((starts.at(-1) ?? 0) - (starts[0] ?? 0)).toBeGreaterThan(1_000);
  });

  it('gives a share to a process that comes later, and waits', async () => {
    const prefix = uniquePrefix();
    const [greedy, late] = [setup(free, prefix), setup(free, prefix)];
    let stop = false;
    const hog = Promise.all(
      Array.from({ length: 8 }, async () => {
        while (!stop) {
          const permit = await greedy.permit('o', never);
          await new Promise<void>((resolve) => systemClock.after(3, resolve));
          permit.release();
        }
      }),
    );
    const held: Permit[] = [];
    for (let i = 0; i < 2; i += 1) held.push(await late.permit('o', AbortSignal.timeout(5_000)));
    stop = true;
    await hog;
    for (const permit of held) permit.release();
  });

  it('frees the permits of a process that was killed, after its lease', async () => {
    const prefix = uniquePrefix();
    const source = `
      import { Redis } from 'ioredis';
      import { RedisLedger } from '${new URL('../../src/budget/redis-ledger.ts', import.meta.url)}';
      import { systemClock } from '${new URL('../../src/core/clock.ts', import.meta.url)}';
      import { Events } from '${new URL('../../src/core/events.ts', import.meta.url)}';
      const ledger = new RedisLedger({ redis: new Redis('${inject('redisUrl')}'), prefix: '${prefix}', holder: 'doomed',
        clock: systemClock, events: new Events(), budgets: new Map([['o', { rate: undefined, concurrency: 4 }]]),
        leaseMs: 1500, patienceMs: 2000 });
      for (let i = 0; i < 4; i += 1) await ledger.permit('o', new AbortController().signal);
      console.log('holding');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    const ledger = setup(free, prefix, 1_500);
    expect((await ledger.state('o')).inFlight).toBe(4);
    const permit = await ledger.permit('o', AbortSignal.timeout(10_000));
    expect((await ledger.state('o')).inFlight).toBe(1);
    permit.release();
  });

  it('returns idle permits to the others', async () => {
    const prefix = uniquePrefix();
    const [a, b] = [setup(free, prefix), setup(free, prefix)];
    const held = await Promise.all(Array.from({ length: 4 }, () => a.permit('o', never)));
    for (const permit of held) permit.release();
    const taken = await Promise.all(
      Array.from({ length: 4 }, () => b.permit('o', AbortSignal.timeout(2_000))),
    );
    for (const permit of taken) permit.release();
  });
});
