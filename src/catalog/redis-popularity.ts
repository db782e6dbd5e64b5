import type { Redis } from 'ioredis';
import { type RedisKeys, redisKeys } from '../redis/keys.ts';
import { reply } from '../redis/reply.ts';
import { runScript, script } from '../redis/script.ts';
import { slices } from '../redis/slices.ts';
import {
  MOST_COUNTED,
  type Popularity,
  type PopularKey,
  REPORTED_WITHIN_MS,
  type ReadReports,
} from './popularity.ts';

export interface RedisPopularityDeps {
  /** The jobs Redis. */
  readonly redis: Redis;
  readonly prefix: string;
  /** Names the process whose reports these are. */
  readonly holder: string;
  /** The most keys of a source that are kept for one hour; the least read go first. */
  readonly most?: number;
}

const WINDOW_MS = 3_600_000;
/** An hour's counts are of use until the next one is over. */
const KEPT_MS = 2 * WINDOW_MS;
/** Processes that are named. */
const MOST_NAMED = 20;

/**
 * KEYS counts, reporters, since. ARGV most, kept ms, at, holder, the longest gap and how long reporters are named in ms, then key and reads
 * by turns.
 */
const COUNT = script(
  3,
  `
for i = 7, #ARGV, 2 do redis.call('ZINCRBY', KEYS[1], ARGV[i + 1], ARGV[i]) end
local over = redis.call('ZCARD', KEYS[1]) - ARGV[1]
if over > 0 then redis.call('ZREMRANGEBYRANK', KEYS[1], 0, over - 1) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local at = tonumber(ARGV[3])
local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
if not last or at - tonumber(last) > tonumber(ARGV[5]) or redis.call('EXISTS', KEYS[3]) == 0 then
  redis.call('SET', KEYS[3], ARGV[3])
end
redis.call('ZADD', KEYS[2], 'GT', ARGV[3], ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', at - tonumber(ARGV[6]))
redis.call('PEXPIRE', KEYS[2], ARGV[2])
redis.call('PEXPIRE', KEYS[3], ARGV[2])
return 1
`,
);

/**
 * Popularity on the jobs Redis: a sorted set of counts for each source and hour. An estimate is this hour's count, and of
 * the last hour's as much as lies within sixty minutes. Beside them lies who reports reads of the source, and since when.
 */
export class RedisPopularity implements Popularity {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;
  readonly #holder: string;
  readonly #most: number;

  constructor({ redis, prefix, holder, most = MOST_COUNTED }: RedisPopularityDeps) {
    this.#redis = redis;
    this.#holder = holder;
    this.#keys = redisKeys(prefix);
    this.#most = most;
  }

  async count(source: string, reads: ReadonlyMap<string, number>, at: number): Promise<void> {
    const { current } = this.#windows(source, at);
    const names = [current, this.#keys.reporters(source), this.#keys.reportedSince(source)];
    const head = [this.#most, KEPT_MS, at, this.#holder, REPORTED_WITHIN_MS, WINDOW_MS];
    const pages = slices([...reads]);
    await Promise.all(
      (pages.length === 0 ? [[]] : pages).map((slice) =>
        reply(runScript(this.#redis, COUNT, names, [...head, ...slice.flat()])),
      ),
    );
  }

  async of(source: string, keys: readonly string[], at: number): Promise<number[]> {
    if (keys.length === 0) return [];
    const { current, previous } = this.#windows(source, at);
    const since = await reply(this.#redis.get(this.#keys.reportedSince(source)));
    const share = shareOfLast(since === null ? undefined : Number(since), at);
    const pages = slices(keys).map(async (slice) => {
      const [now, before] = await reply(
        Promise.all([this.#redis.zmscore(current, ...slice), this.#redis.zmscore(previous, ...slice)]),
      );
      return slice.map((_, i) => Number(now[i] ?? 0) + Number(before[i] ?? 0) * share);
    });
    return (await Promise.all(pages)).flat();
  }

  async reports(source: string, at: number): Promise<ReadReports> {
    const [reporters, since] = await reply(
      Promise.all([
        this.#redis.zrevrange(this.#keys.reporters(source), 0, MOST_NAMED - 1, 'WITHSCORES'),
        this.#redis.get(this.#keys.reportedSince(source)),
      ]),
    );
    const [, last] = reporters;
    if (last === undefined || since === null || Number(last) <= at - WINDOW_MS)
      return { since: undefined, until: undefined, by: [] };
    return { since: Number(since), until: Number(last), by: reporters.filter((_, i) => i % 2 === 0) };
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
    };
  }
}

/**
 * The share of the last hour's reads that lie within sixty minutes, if they were spread evenly over the part of that hour in which they
 * were reported.
 */
function shareOfLast(since: number | undefined, at: number): number {
  const boundary = at - (at % WINDOW_MS);
  const begin = boundary - WINDOW_MS;
  const from = since === undefined || since >= boundary ? begin : Math.max(begin, since);
  return (boundary - Math.max(from, at - WINDOW_MS)) / (boundary - from);
}
