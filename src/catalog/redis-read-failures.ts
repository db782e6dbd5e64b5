import type { Redis } from 'ioredis';
import { type RedisKeys, redisKeys } from '../redis/keys.ts';
import { reply } from '../redis/reply.ts';
import { slices } from '../redis/slices.ts';
import type { ReadFailure, ReadFailures } from './read-failures.ts';

export interface RedisReadFailuresDeps {
  /** The jobs Redis. */
  readonly redis: Redis;
  readonly prefix: string;
}

/** How many keys of a source are remembered; beyond that some are forgotten, whichever they are. */
const MOST = 1_000;
/** How much of a reason is kept, in characters. */
const LONGEST_REASON = 200;
/** After the last failure of a source, in seconds. */
const KEPT_S = 3_600;

/** One hash for each source: key, and "at|reason". */
export class RedisReadFailures implements ReadFailures {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;

  constructor({ redis, prefix }: RedisReadFailuresDeps) {
    this.#redis = redis;
    this.#keys = redisKeys(prefix);
  }

  async note(source: string, reasons: ReadonlyMap<string, string>, at: number): Promise<void> {
    if (reasons.size === 0) return;
    const name = this.#keys.readFailures(source);
    const latest = [...reasons].slice(-MOST);
    const fields = latest.map(([key, reason]) => [
      key,
      `${at}|${reason.slice(0, LONGEST_REASON).toWellFormed()}`,
    ]);
    await reply(
      Promise.all([
        ...slices(fields).map((slice) => this.#redis.hset(name, ...slice.flat())),
        this.#redis.expire(name, KEPT_S),
      ]),
    );
    const over = (await reply(this.#redis.hlen(name))) - MOST;
    if (over <= 0) return;
    const some = (await reply(this.#redis.hrandfield(name, over))) as string[];
    if (some.length > 0) await reply(this.#redis.hdel(name, ...some));
  }

  async of(source: string, key: string): Promise<ReadFailure | undefined> {
    const text = await reply(this.#redis.hget(this.#keys.readFailures(source), key));
    if (text === null) return undefined;
    const bar = text.indexOf('|');
    return { at: Number(text.slice(0, bar)), reason: text.slice(bar + 1) };
  }
}
