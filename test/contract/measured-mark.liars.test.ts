/** For each clause of the contract of the mark of what was measured, a broken store that it must reject. */

import type { MeasuredMark } from '../../src/catalog/measured-mark.ts';
import { RedisMeasuredMark } from '../../src/catalog/redis-measured-mark.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { MEASURED_MARK_CLAUSES, MEASURED_MARK_LIARS } from './measured-mark.ts';
import { describeLiars } from './suite.ts';

describeLiars<MeasuredMark>(
  'the contract of the mark of what was measured',
  MEASURED_MARK_CLAUSES,
  () => new RedisMeasuredMark({ redis: connectRedis(), prefix: uniquePrefix() }),
  MEASURED_MARK_LIARS,
);
