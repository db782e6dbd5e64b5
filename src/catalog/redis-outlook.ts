import type { Redis } from 'ioredis';
import { type RedisKeys, redisKeys } from '../redis/keys.ts';
import { reply } from '../redis/reply.ts';
import type { DueKey, Outlook, SourceOutlook } from './outlook.ts';

export interface RedisOutlookDeps {
  /** The jobs Redis. */
  readonly redis: Redis;
  readonly prefix: string;
}

/** The outlook on what `RedisCatalog` keeps. */
export class RedisOutlook implements Outlook {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;

  constructor({ redis, prefix }: RedisOutlookDeps) {
    this.#redis = redis;
    this.#keys = redisKeys(prefix);
  }

  async of(source: string, times: readonly number[]): Promise<SourceOutlook> {
    const due = this.#keys.due(source);
    const [keys, failing, [, earliest], ...dueBy] = await reply(
      Promise.all([
        this.#redis.zcard(due),
        this.#redis.hlen(this.#keys.failures(source)),
        this.#redis.zrange(due, '0', '0', 'WITHSCORES'),
        ...times.map((time) => this.#redis.zcount(due, '-inf', time)),
      ]),
    );
    return { keys, failing, earliest: earliest === undefined ? undefined : Number(earliest), dueBy };
  }

  async sample(source: string, count: number): Promise<DueKey[]> {
    const found = await reply(this.#redis.zrandmember(this.#keys.due(source), count, 'WITHSCORES'));
    return found.flatMap((key, i) => (i % 2 === 0 ? [{ key, due: Number(found[i + 1]) }] : []));
  }
}
