import type { Redis } from 'ioredis';
import { DAY_MS } from '../core/units.ts';
import { type RedisKeys, redisKeys } from '../redis/keys.ts';
import { reply } from '../redis/reply.ts';
import { FORGOTTEN_LATELY_MS, type Shrink, type Shrinks } from './shrinks.ts';

export interface RedisShrinksDeps {
  /** The jobs Redis. */
  readonly redis: Redis;
  readonly prefix: string;
}

/** How long a first look is remembered, in ms: longer than any schedule takes to look again. */
const REMEMBERED_MS = 8 * DAY_MS;

/** For each source that shrank a string, `SINCE MISSING KEYS`, and a sorted set of `NOW COUNT` by when keys were forgotten. */
export class RedisShrinks implements Shrinks {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;

  constructor({ redis, prefix }: RedisShrinksDeps) {
    this.#redis = redis;
    this.#keys = redisKeys(prefix);
  }

  async note(source: string, shrink: Shrink): Promise<Shrink> {
    const { since, missing, keys } = shrink;
    const key = this.#keys.shrunk(source);
    await reply(this.#redis.set(key, `${since} ${missing} ${keys}`, 'PX', REMEMBERED_MS, 'NX'));
    return (await this.noted(source)) ?? shrink;
  }

  async noted(source: string): Promise<Shrink | undefined> {
    const text = await reply(this.#redis.get(this.#keys.shrunk(source)));
    if (text === null) return undefined;
    const [since = '0', missing = '0', keys = '0'] = text.split(' ');
    return { since: Number(since), missing: Number(missing), keys: Number(keys) };
  }

  async forget(source: string): Promise<void> {
    await reply(this.#redis.del(this.#keys.shrunk(source)));
  }

  async count(source: string, keys: number, now: number): Promise<void> {
    const key = this.#keys.forgotten(source);
    await reply(this.#redis.zadd(key, String(now), `${now} ${keys}`));
    await reply(this.#redis.pexpire(key, FORGOTTEN_LATELY_MS));
  }

  async lately(source: string, now: number): Promise<number> {
    const key = this.#keys.forgotten(source);
    await reply(this.#redis.zremrangebyscore(key, '-inf', String(now - FORGOTTEN_LATELY_MS)));
    const counts = await reply(this.#redis.zrange(key, 0, '-1'));
    return counts.reduce((sum, text) => sum + Number(text.split(' ')[1] ?? 0), 0);
  }
}
