import { RedisTickStore } from '../../src/schedules/redis-tick-store.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { describeContract, describeLiars } from './suite.ts';
import { TICK_STORE_CLAUSES, TICK_STORE_LIARS, type TwoSchedulers } from './tick-store.ts';

function create(): TwoSchedulers {
  const [redis, prefix] = [connectRedis(), uniquePrefix()];
  const storeOf = (holder: string, leaseMs: number) =>
    new RedisTickStore({ redis, prefix, holder, leaseMs, kept: 1_000 });
  return { here: storeOf('a', 60_000), there: storeOf('b', 60_000), dying: storeOf('c', 20) };
}

describeContract('the account of ticks on Redis', TICK_STORE_CLAUSES, create);
describeLiars('the contract of the account of ticks', TICK_STORE_CLAUSES, create, TICK_STORE_LIARS);
