import { RedisRuns } from '../../src/catalog/runs/redis-runs.ts';
import type { Runs } from '../../src/catalog/runs/runs.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { RUNS_CLAUSES, RUNS_LIARS } from './runs.ts';
import { describeLiars } from './suite.ts';

const create = (): Runs => new RedisRuns({ redis: connectRedis(), prefix: uniquePrefix() });

describeLiars('the contract of runs', RUNS_CLAUSES, create, RUNS_LIARS);
