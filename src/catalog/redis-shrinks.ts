import type { Redis } from 'ioredis';
import { type RedisKeys, redisKeys } from '../redis/keys.ts';
import { reply } from '../redis/reply.ts';
import type { Shrinks } from './shrinks.ts';

export interface RedisShrinksDeps {
  /** The jobs Redis. */
  readonly redis: Redis;
  readonly prefix: string;
}

/** How long a first look is remembered, in ms: longer than any schedule takes to look again. */
const REMEMBERED_MS = 8 * 86_400_000;

/** One string for each source that shrank. */
export class RedisShrinks implements Shrinks {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;

  constructor({ redis, prefix }: RedisShrinksDeps) {
    this.#redis = redis;
    this.#keys = redisKeys(prefix);
  }

  async note(source: string, now: number): Promise<number> {
    const key = this.#keys.shrunk(source);
    await reply(this.#redis.set(key, now, 'PX', REMEMBERED_MS, 'NX'));
    return Number((await reply(this.#redis.get(key))) ?? now);
  }

  async forget(source: string): Promise<void> {
    await reply(this.#redis.del(this.#keys.shrunk(source)));
  }
}
