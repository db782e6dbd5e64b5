import { RedisRunCalls } from '../../src/catalog/runs/redis-run-calls.ts';
import type { RunCalls } from '../../src/catalog/runs/run-calls.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { RUN_CALLS_CLAUSES, RUN_CALLS_LIARS } from './run-calls.ts';
import { describeLiars } from './suite.ts';

const create = (): RunCalls => new RedisRunCalls({ redis: connectRedis(), prefix: uniquePrefix() });

describeLiars("the contract of a run's calls", RUN_CALLS_CLAUSES, create, RUN_CALLS_LIARS);
