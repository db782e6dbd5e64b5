/** For each clause of the contract of absences, a broken store that it must reject. */
import { RedisAbsences } from '../../src/catalog/redis-absences.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { absencesClauses } from './absences.ts';
import { describeLiars } from './clauses.ts';

describeLiars(
  'the contract of absences',
  absencesClauses,
  () => new RedisAbsences({ redis: connectRedis(), prefix: uniquePrefix() }),
);
