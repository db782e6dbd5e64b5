import type { Redis } from 'ioredis';
import { DAY_MS } from '../core/units.ts';
import { type RedisKeys, redisKeys } from '../redis/keys.ts';
import { recordFrom } from '../redis/record.ts';
import { reply } from '../redis/reply.ts';
import type { CallHistory, HourOfCalls } from './call-history.ts';
import { callRecord, writtenCalls } from './call-text.ts';

export interface RedisCallHistoryDeps {
  /** The jobs Redis. */
  readonly redis: Redis;
  readonly prefix: string;
  /** Names this process. */
  readonly holder: string;
}

/** Hours of processes that are kept of a source: about 300 bytes each. */
const MOST = 64;
/** A source that is not called for so long has no history. */
const KEPT_MS = 60 * DAY_MS;

/** A hash of each source: `HOUR:PROCESS`, which only that process writes, and always as a whole; so nothing counts twice. */
export class RedisCallHistory implements CallHistory {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;
  readonly #holder: string;
  /** The hour that was last reported of each source. */
  readonly #hours = new Map<string, number>();

  constructor({ redis, prefix, holder }: RedisCallHistoryDeps) {
    this.#redis = redis;
    this.#keys = redisKeys(prefix);
    this.#holder = holder;
  }

  async report(source: string, { hour, ...seen }: HourOfCalls): Promise<void> {
    const key = this.#keys.callHistory(source);
    const text = JSON.stringify(writtenCalls(seen));
    await reply(
      Promise.all([
        this.#redis.hset(key, `${hour}:${this.#holder}`, text),
        this.#redis.pexpire(key, KEPT_MS),
      ]),
    );
    if (this.#hours.get(source) !== hour) await this.#trim(key);
    this.#hours.set(source, hour);
  }

  async of(source: string): Promise<readonly HourOfCalls[]> {
    const fields = await reply(this.#redis.hgetall(this.#keys.callHistory(source)));
    const hours = Object.entries(fields).flatMap(([field, text]) => {
      const seen = recordFrom(callRecord, text);
      return seen === undefined ? [] : [{ ...seen, hour: hourOf(field) }];
    });
    return hours.sort((a, b) => a.hour - b.hour);
  }

  async #trim(key: string): Promise<void> {
    const fields = await reply(this.#redis.hkeys(key));
    const over = fields.sort((a, b) => hourOf(b) - hourOf(a)).slice(MOST);
    if (over.length > 0) await reply(this.#redis.hdel(key, ...over));
  }
}

function hourOf(field: string): number {
  return Number(field.split(':')[0]);
}
