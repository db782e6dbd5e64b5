/** Ledgers as the contract wants them: of the origins `o` and `other`. */
import type { Ledger } from '../../src/budget/ledger.ts';
import { LocalLedger } from '../../src/budget/local-ledger.ts';
import { RedisLedger } from '../../src/budget/redis-ledger.ts';
import type { Budget } from '../../src/core/budget.ts';
import { sleep, systemClock } from '../../src/core/clock.ts';
import { Events } from '../../src/core/events.ts';
import { type LedgerSubject, PATIENCE_MS } from '../contract/ledger.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeTimeLedger } from './fake-time-ledger.ts';
import { connectRedis, uniquePrefix } from './redis.ts';

const budgetsOf = (budget: Budget) =>
  new Map([
    ['o', budget],
    ['other', budget],
  ]);

export function localLedger(budget: Budget, clock = new FakeClock()) {
  const ledger: Ledger = new LocalLedger({ budgets: budgetsOf(budget), clock, patienceMs: PATIENCE_MS });
  return { ledger, clock, pass: (ms: number) => clock.advance(ms) };
}

export interface RedisLedgerOptions {
  readonly prefix?: string;
  readonly leaseMs?: number;
}

/** One process's; several with the same prefix share the budget. */
export function redisLedger(budget: Budget, options: RedisLedgerOptions = {}): RedisLedger {
  const { prefix = uniquePrefix(), leaseMs = 15_000 } = options;
  return new RedisLedger({
    ...{ redis: connectRedis(), prefix, holder: uniquePrefix(), clock: systemClock, events: new Events() },
    ...{ budgets: budgetsOf(budget), leaseMs, patienceMs: PATIENCE_MS },
  });
}

/** The server's clock cannot be moved, so its time is waited for. */
export function redisSubject(budget: Budget): LedgerSubject {
  return { ledger: redisLedger(budget), clock: systemClock, pass: (ms) => sleep(systemClock, ms) };
}

export function fakeTimeSubject(budget: Budget): LedgerSubject {
  const subject = redisSubject(budget);
  return { ...subject, ledger: new FakeTimeLedger({ ledger: subject.ledger, clock: new FakeClock() }) };
}
