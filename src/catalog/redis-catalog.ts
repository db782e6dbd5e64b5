import type { Redis } from 'ioredis';
import { z } from 'zod';
import { OUTCOME_CODES, outcomeOfCode } from '../core/outcome.ts';
import type { Params } from '../core/source.ts';
import { type RedisKeys, redisKeys } from '../redis/keys.ts';
import { recordFrom } from '../redis/record.ts';
import { reply } from '../redis/reply.ts';
import { runScript } from '../redis/script.ts';
import { SLICE, slices } from '../redis/slices.ts';
import {
  type Catalog,
  type CatalogPage,
  type CatalogRecord,
  type CatalogSize,
  type Failure,
  QUARANTINE,
  type QuarantineRule,
  type Settlement,
} from './catalog.ts';
import { CLAIM, FAIL, RELEASE, SETTLE } from './redis-catalog-scripts.ts';

/** How much of a failure's reason is kept, in characters. */
const LONGEST_REASON = 200;

export interface RedisCatalogDeps {
  /** The jobs Redis: it must neither evict nor forget. */
  readonly redis: Redis;
  readonly prefix: string;
  readonly quarantine?: QuarantineRule;
}

/**
 * The catalog on the jobs Redis. A healthy key costs one member of a sorted set and nothing else; only keys whose last
 * attempt did not succeed have a record beside it.
 */
export class RedisCatalog implements Catalog {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;
  readonly #quarantine: QuarantineRule;

  constructor({ redis, prefix, quarantine = QUARANTINE }: RedisCatalogDeps) {
    this.#redis = redis;
    this.#quarantine = quarantine;
    this.#keys = redisKeys(prefix);
  }

  /** The source is named before its keys are there, so that a crash in between hides no key. */
  async track(source: string, keys: readonly string[], dueAt: number): Promise<number> {
    if (keys.length === 0) return 0;
    const [, ...added] = await reply(
      Promise.all([
        this.#redis.sadd(this.#keys.sources(), source),
        ...slices(keys).map((slice) =>
          this.#redis.zadd(this.#keys.due(source), 'NX', ...scored(slice, dueAt)),
        ),
      ]),
    );
    return sum(added.map(Number));
  }

  async claim(source: string, now: number, until: number, limit: number, after?: number): Promise<string[]> {
    const from = after === undefined ? '-inf' : `(${after}`;
    const claimed: string[] = [];
    while (claimed.length < limit) {
      const want = Math.min(SLICE, limit - claimed.length);
      // The script returns the keys it took.
      const keys = (await reply(
        runScript(this.#redis, CLAIM, [this.#keys.due(source)], [now, until, want, from]),
      )) as string[];
      claimed.push(...keys);
      if (keys.length < want) break;
    }
    return claimed;
  }

  /** XX: a key that was forgotten meanwhile stays forgotten. */
  async settle(source: string, settlements: readonly Settlement[]): Promise<void> {
    const [due, failures, released] = [
      this.#keys.due(source),
      this.#keys.failures(source),
      this.#keys.released(source),
    ];
    const isWell = (each: Settlement) => each.failure === undefined && each.released === undefined;
    const well = slices(settlements.filter(isWell));
    const free = slices(settlements.filter((each) => each.released !== undefined));
    const failed = slices(settlements.filter(({ failure }) => failure !== undefined));
    await reply(
      Promise.all([
        ...well.flatMap((slice) => [
          runScript(this.#redis, SETTLE, [due], slice.flatMap(settledArguments)),
          this.#redis.hdel(failures, ...slice.map(({ key }) => key)),
        ]),
        ...free.map((slice) =>
          runScript(
            this.#redis,
            RELEASE,
            [due, failures, released],
            slice.flatMap(({ key, dueAt }) => [key, dueAt]),
          ),
        ),
        ...failed.map((slice) =>
          runScript(
            this.#redis,
            FAIL,
            [due, failures, released],
            [...[this.#quarantine.after, this.#quarantine.retryMs], ...slice.flatMap(failureArguments)],
          ),
        ),
      ]),
    );
  }

  async reschedule(source: string, keys: readonly string[], dueAt: number): Promise<number> {
    const due = this.#keys.due(source);
    const scores = await reply(
      Promise.all(
        slices(keys).flatMap((slice) => {
          const known = this.#redis.zmscore(due, ...slice);
          return [known, this.#redis.zadd(due, 'XX', ...scored(slice, dueAt)).then(() => [])];
        }),
      ),
    );
    return scores.flat().filter((score) => score !== null).length;
  }

  async keep(source: string, keys: readonly string[], until: number): Promise<void> {
    const kept = this.#keys.kept(source);
    await reply(
      Promise.all(slices(keys).map((slice) => this.#redis.zadd(kept, 'GT', ...scored(slice, until)))),
    );
  }

  async forget(source: string, keys: readonly string[]): Promise<number> {
    const removed = await reply(
      Promise.all(
        slices(keys).flatMap((slice) => [
          this.#redis.zrem(this.#keys.due(source), ...slice),
          this.#redis.hdel(this.#keys.failures(source), ...slice).then(() => 0),
          this.#redis.hdel(this.#keys.params(source), ...slice).then(() => 0),
          this.#redis.zrem(this.#keys.kept(source), ...slice).then(() => 0),
          this.#redis.zrem(this.#keys.released(source), ...slice).then(() => 0),
        ]),
      ),
    );
    return sum(removed);
  }

  async get(source: string, keys: readonly string[]): Promise<(CatalogRecord | undefined)[]> {
    const pages = await Promise.all(
      slices(keys).map(async (slice) => {
        const [scores, beside] = await Promise.all([
          reply(this.#redis.zmscore(this.#keys.due(source), ...slice)),
          this.#beside(source, slice),
        ]);
        return slice.map((key, i) => this.#recordOf(key, scores[i], beside[i]));
      }),
    );
    return pages.flat();
  }

  /** Walks the set's own buckets, not ranks: due times move while it goes on, and no key must be passed over. */
  async scan(
    source: string,
    cursor: string | undefined,
    count: number,
    only?: 'quarantined',
  ): Promise<CatalogPage> {
    if (only !== undefined) return this.#scanQuarantined(source, cursor, count);
    const [next, members] = await reply(
      this.#redis.zscan(this.#keys.due(source), cursor ?? '0', 'COUNT', Math.max(1, count)),
    );
    const keys = members.filter((_, i) => i % 2 === 0);
    const beside = (await Promise.all(slices(keys).map((slice) => this.#beside(source, slice)))).flat();
    const records = keys.map((key, i) => this.#recordOf(key, members[2 * i + 1], beside[i]));
    return {
      records: records.filter((record) => record !== undefined),
      cursor: next === '0' ? undefined : next,
    };
  }

  /** Walks the failures, of which there are few where all is well. */
  async #scanQuarantined(source: string, cursor: string | undefined, count: number): Promise<CatalogPage> {
    const failures = this.#keys.failures(source);
    const [next, fields] = await reply(
      this.#redis.hscan(failures, cursor ?? '0', 'COUNT', Math.max(1, count)),
    );
    const keys = fields.filter((_, i) => i % 2 === 0 && failureOf(fields[i + 1])?.quarantined);
    const records = (await this.get(source, keys)).filter((record) => record !== undefined);
    return { records, cursor: next === '0' ? undefined : next };
  }

  async size(source: string, now: number): Promise<CatalogSize> {
    const [keys, due, failing] = await reply(
      Promise.all([
        this.#redis.zcard(this.#keys.due(source)),
        this.#redis.zcount(this.#keys.due(source), '-inf', now),
        this.#redis.hlen(this.#keys.failures(source)),
      ]),
    );
    return { keys, due, failing };
  }

  /** What is known of keys besides when they are due, in order. */
  async #beside(source: string, keys: readonly string[]): Promise<Beside[]> {
    const [failures, kept] = await reply(
      Promise.all([
        this.#redis.hmget(this.#keys.failures(source), ...keys),
        this.#redis.zmscore(this.#keys.kept(source), ...keys),
      ]),
    );
    return keys.map((_, i) => ({ failure: failures[i], keptUntil: kept[i] }));
  }

  #recordOf(
    key: string,
    score: string | null | undefined,
    { failure, keptUntil }: Beside = { failure: null, keptUntil: null },
  ): CatalogRecord | undefined {
    if (score === null || score === undefined) return undefined;
    const kept = keptUntil === null || keptUntil === undefined ? undefined : Number(keptUntil);
    return { key, dueAt: Number(score), failure: failureOf(failure), keptUntil: kept };
  }

  async remember(source: string, params: ReadonlyMap<string, Params>): Promise<void> {
    const fields = [...params].map(([key, of]) => [key, JSON.stringify(of)] as const);
    await reply(
      Promise.all(
        slices(fields).map((slice) => this.#redis.hset(this.#keys.params(source), ...slice.flat())),
      ),
    );
  }

  async recall(source: string, keys: readonly string[]): Promise<(Params | undefined)[]> {
    const pages = await reply(
      Promise.all(slices(keys).map((slice) => this.#redis.hmget(this.#keys.params(source), ...slice))),
    );
    return pages.flat().map((text) => (text === null ? undefined : recordFrom(paramsRecord, text)));
  }

  async sources(): Promise<string[]> {
    const named = await reply(this.#redis.smembers(this.#keys.sources()));
    const there = await reply(Promise.all(named.map((source) => this.#redis.exists(this.#keys.due(source)))));
    return named.filter((_, i) => there[i] === 1).sort();
  }
}

/** The script that writes it decides whether the key is set aside. */
function failureOf(text: string | null | undefined): Failure | undefined {
  const parts = /^(\w)\|(\d+)\|(\d+)\|(.*)$/s.exec(text ?? '');
  if (parts === null) return undefined;
  const [, letter = '', at, times, reason = ''] = parts;
  const code = letter.toLowerCase();
  const outcome = outcomeOfCode(code) === 'refused' ? 'refused' : 'failed';
  return { outcome, reason, at: Number(at), count: Number(times), quarantined: letter !== code };
}

const paramsRecord = z.record(z.string(), z.string());

/** As Redis has it; nothing where it has none. */
interface Beside {
  readonly failure: string | null | undefined;
  readonly keptUntil: string | null | undefined;
}

function scored(keys: readonly string[], score: number): (string | number)[] {
  return keys.flatMap((key) => [score, key]);
}

function settledArguments({ key, dueAt, attempt }: Settlement): (string | number)[] {
  return [key, dueAt, attempt?.began ?? 0, attempt?.ended ?? 0];
}

function failureArguments({ key, dueAt, attempt, failure }: Settlement): (string | number)[] {
  if (failure === undefined) return [];
  const reason = failure.reason.slice(0, LONGEST_REASON).toWellFormed();
  const { outcome, at, blameless = false } = failure;
  const began = Math.round(attempt?.began ?? at);
  return [key, dueAt, OUTCOME_CODES[outcome], Math.round(at), began, blameless ? 1 : 0, reason];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
