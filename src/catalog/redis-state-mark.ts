import type { Redis } from 'ioredis';
import { type RedisKeys, redisKeys } from '../redis/keys.ts';
import { reply } from '../redis/reply.ts';
import type { Mark, StateMark } from './state-mark.ts';

export interface RedisStateMarkDeps {
  /** The jobs Redis. */
  readonly redis: Redis;
  readonly prefix: string;
}

/** One string: id, time and run, with spaces between them. */
export class RedisStateMark implements StateMark {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;

  constructor({ redis, prefix }: RedisStateMarkDeps) {
    this.#redis = redis;
    this.#keys = redisKeys(prefix);
  }

  async read(): Promise<Mark | undefined> {
    const text = await reply(this.#redis.get(this.#keys.stateMark()));
    if (text === null) return undefined;
    const [id = '', lostAt = '0', run = ''] = text.split(' ');
    return { id, lostAt: Number(lostAt), run };
  }

  async set(mark: Mark): Promise<Mark> {
    const { id, lostAt, run } = mark;
    await reply(this.#redis.set(this.#keys.stateMark(), `${id} ${lostAt} ${run}`, 'NX'));
    return (await this.read()) ?? mark;
  }
}
