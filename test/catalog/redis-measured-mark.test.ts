import type { MeasuredMark } from '../../src/catalog/measured-mark.ts';
import { RedisMeasuredMark } from '../../src/catalog/redis-measured-mark.ts';
import { MEASURED_MARK_CLAUSES } from '../contract/measured-mark.ts';
import { describeContract } from '../contract/suite.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

const create = (): MeasuredMark => new RedisMeasuredMark({ redis: connectRedis(), prefix: uniquePrefix() });

describeContract('the mark of what was measured on Redis', MEASURED_MARK_CLAUSES, create);
