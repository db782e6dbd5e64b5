import type { DeadLetters } from '../../src/catalog/dead-letters.ts';
import { RedisDeadLetters } from '../../src/catalog/redis-dead-letters.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { DEAD_LETTERS_CLAUSES, DEAD_LETTERS_LIARS } from './dead-letters.ts';
import { describeLiars } from './suite.ts';

const create = (): DeadLetters => new RedisDeadLetters({ redis: connectRedis(), prefix: uniquePrefix() });

describeLiars('the contract of dead letters', DEAD_LETTERS_CLAUSES, create, DEAD_LETTERS_LIARS);
