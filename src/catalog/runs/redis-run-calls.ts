import type { Redis } from 'ioredis';
import { z } from 'zod';
import { DAY_MS } from '../../core/units.ts';
import { type RedisKeys, redisKeys } from '../../redis/keys.ts';
import { recordFrom } from '../../redis/record.ts';
import { reply } from '../../redis/reply.ts';
import { callRecord, writtenCalls } from '../call-text.ts';
import type { ChunkCalls, RunCalls } from './run-calls.ts';

export interface RedisRunCallsDeps {
  /** The jobs Redis. */
  readonly redis: Redis;
  readonly prefix: string;
}

/** They go with their run, or by themselves. */
const KEPT_MS = 60 * DAY_MS;
/** Fields of one reply. */
const PAGE = 500;

const chunkCalls = callRecord.extend({
  source: z.string(),
  slow: z.array(z.object({ key: z.string(), ms: z.number().min(0) })),
});

/** A hash of each run, beside what else is kept of it: a field for each piece of work on a chunk. */
export class RedisRunCalls implements RunCalls {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;

  constructor({ redis, prefix }: RedisRunCallsDeps) {
    this.#redis = redis;
    this.#keys = redisKeys(prefix);
  }

  async note(run: string, part: string, calls: ChunkCalls): Promise<void> {
    const key = this.#keys.run(run, 'calls');
    const text = JSON.stringify(writtenCalls(calls));
    await reply(Promise.all([this.#redis.hset(key, part, text), this.#redis.pexpire(key, KEPT_MS)]));
  }

  /** Page by page: a run of a million keys has ten thousand chunks. A field that a page repeats counts once. */
  async of(run: string): Promise<readonly ChunkCalls[]> {
    const found = new Map<string, ChunkCalls>();
    let cursor = '0';
    do {
      const [next, page] = await reply(
        this.#redis.hscan(this.#keys.run(run, 'calls'), cursor, 'COUNT', PAGE),
      );
      for (let i = 0; i < page.length; i += 2) {
        const calls = recordFrom(chunkCalls, page[i + 1] ?? '');
        if (calls !== undefined) found.set(page[i] ?? '', calls);
      }
      cursor = next;
    } while (cursor !== '0');
    return [...found.values()];
  }
}
