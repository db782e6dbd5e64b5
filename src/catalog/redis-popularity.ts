import type { Redis } from 'ioredis';
import { type RedisKeys, redisKeys } from '../redis/keys.ts';
import { reply } from '../redis/reply.ts';
import { runScript, script } from '../redis/script.ts';
import { slices } from '../redis/slices.ts';
import { MOST_COUNTED, type Popularity, type PopularKey } from './popularity.ts';

export interface RedisPopularityDeps {
  /** The jobs Redis. */
  readonly redis: Redis;
  readonly prefix: string;
  /** The most keys of a source that are kept for one hour; the least read go first. */
  readonly most?: number;
}

const WINDOW_MS = 3_600_000;
/** An hour's counts are of use until the next one is over. */
const KEPT_MS = 2 * WINDOW_MS;

/** KEYS counts. ARGV most, kept ms, then key and reads by turns. */
const COUNT = script(
  1,
  `
for i = 3, #ARGV, 2 do redis.call('ZINCRBY', KEYS[1], ARGV[i + 1], ARGV[i]) end
local over = redis.call('ZCARD', KEYS[1]) - ARGV[1]
if over > 0 then redis.call('ZREMRANGEBYRANK', KEYS[1], 0, over - 1) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
`,
);

/**
 * Popularity on the jobs Redis: a sorted set of counts for each source and hour. An estimate is this hour's count, and of
 * the last hour's as much as lies within sixty minutes.
 */
export class RedisPopularity implements Popularity {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;
  readonly #most: number;

  constructor({ redis, prefix, most = MOST_COUNTED }: RedisPopularityDeps) {
    this.#redis = redis;
    this.#keys = redisKeys(prefix);
    this.#most = most;
  }

  async count(source: string, reads: ReadonlyMap<string, number>, at: number): Promise<void> {
    const { current } = this.#windows(source, at);
    await Promise.all(
      slices([...reads]).map((slice) =>
        reply(runScript(this.#redis, COUNT, [current], [this.#most, KEPT_MS, ...slice.flat()])),
      ),
    );
  }

  async of(source: string, keys: readonly string[], at: number): Promise<number[]> {
    if (keys.length === 0) return [];
    const { current, previous, share } = this.#windows(source, at);
    const pages = slices(keys).map(async (slice) => {
      const [now, before] = await reply(
        Promise.all([this.#redis.zmscore(current, ...slice), this.#redis.zmscore(previous, ...slice)]),
      );
      return slice.map((_, i) => Number(now[i] ?? 0) + Number(before[i] ?? 0) * share);
    });
    return (await Promise.all(pages)).flat();
  }

  async top(source: string, limit: number, at: number): Promise<PopularKey[]> {
    if (limit < 1) return [];
    const { current, previous } = this.#windows(source, at);
    const ranked = await reply(
      Promise.all([
        this.#redis.zrevrange(current, 0, limit - 1),
        this.#redis.zrevrange(previous, 0, limit - 1),
      ]),
    );
    const keys = [...new Set(ranked.flat())];
    const reads = await this.of(source, keys, at);
    return keys
      .map((key, i) => ({ key, reads: reads[i] ?? 0 }))
      .sort((a, b) => b.reads - a.reads)
      .slice(0, limit);
  }

  #windows(source: string, at: number) {
    const window = Math.floor(at / WINDOW_MS);
    return {
      current: this.#keys.reads(source, window),
      previous: this.#keys.reads(source, window - 1),
      share: 1 - (at % WINDOW_MS) / WINDOW_MS,
    };
  }
}
