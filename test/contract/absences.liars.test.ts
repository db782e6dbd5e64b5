/** For each clause of the contract of absences, a broken store that it must reject. */

import type { Absences } from '../../src/catalog/absences.ts';
import { RedisAbsences } from '../../src/catalog/redis-absences.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { ABSENCES_CLAUSES, ABSENCES_LIARS } from './absences.ts';
import { describeLiars } from './suite.ts';

describeLiars<Absences>(
  'the contract of absences',
  ABSENCES_CLAUSES,
  () => new RedisAbsences({ redis: connectRedis(), prefix: uniquePrefix() }),
  ABSENCES_LIARS,
);
