/** A worker as a process: it calls each origin as fast as the shared ledger lets it, until it is killed. */
import { Agent, get } from 'node:http';
import { Redis } from 'ioredis';
import { RedisLedger } from '../../../src/budget/redis-ledger.ts';
import type { BudgetUser } from '../../../src/core/budget.ts';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import { Events } from '../../../src/core/events.ts';
import { mono } from '../../chaos/mono.ts';
import type { CallerOrders } from './run.ts';

const { redisUrl, originUrl, holder, budgets, users, lanes, leaseMs, answers } = JSON.parse(
  process.argv[2] ?? '',
) as CallerOrders;
const NEVER = new AbortController().signal;
const agent = new Agent({ keepAlive: true });
const redis = new Redis(redisUrl);
const ledger = new RedisLedger({
  ...{ redis, prefix: 'counts', holder, clock: systemClock, events: new Events() },
  ...{ budgets: new Map(Object.entries(budgets)), leaseMs, patienceMs: 2_000 },
});

function call(origin: string, user: BudgetUser): Promise<void> {
  const [least, most] = answers;
  const ms = Math.round(least + Math.random() ** 3 * (most - least));
  return new Promise((resolve, reject) => {
    get(`${originUrl}/${origin}?ms=${ms}&user=${user}&began=${mono()}`, { agent }, (response) => {
      response.resume().on('end', resolve).on('error', reject);
    }).on('error', reject);
  });
}

async function lane(origin: string, user: BudgetUser): Promise<never> {
  for (;;) {
    try {
      const permit = await ledger.permit(origin, NEVER, user);
      const began = mono();
      await call(origin, user);
      permit.release({ outcome: 'ok', ms: mono() - began });
    } catch {
      // Deferred: a rate allows nothing for long.
      await sleep(systemClock, 50);
    }
  }
}

/** How late timers come here: what is read together with the calls of this process. */
async function watch(): Promise<never> {
  let worst = 0;
  for (;;) {
    const asked = mono();
    await sleep(systemClock, 5);
    const late = mono() - asked - 5;
    if (late > worst) {
      worst = late;
      process.stdout.write(`late ${Math.ceil(worst)}\n`);
    }
  }
}

await redis.ping();
process.stdout.write('late 1\n');
void watch();
for (const origin of Object.keys(budgets)) {
  for (let n = 0; n < lanes; n += 1) void lane(origin, users[n % users.length] ?? 'run');
}
process.stdin.on('end', () => process.exit()).resume();
