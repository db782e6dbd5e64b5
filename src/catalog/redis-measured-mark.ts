import type { Redis } from 'ioredis';
import { z } from 'zod';
import { redisKeys } from '../redis/keys.ts';
import { recordFrom } from '../redis/record.ts';
import { reply } from '../redis/reply.ts';
import type { Measured, MeasuredMark } from './measured-mark.ts';

export interface RedisMeasuredMarkDeps {
  /** The jobs Redis. */
  readonly redis: Redis;
  readonly prefix: string;
}

const stored = z.object({ at: z.number(), quarantined: z.record(z.string(), z.int()) });

/** One string of JSON. */
export class RedisMeasuredMark implements MeasuredMark {
  readonly #redis: Redis;
  readonly #key: string;

  constructor({ redis, prefix }: RedisMeasuredMarkDeps) {
    this.#redis = redis;
    this.#key = redisKeys(prefix).measured();
  }

  async read(): Promise<Measured | undefined> {
    const text = await reply(this.#redis.get(this.#key));
    return text === null ? undefined : recordFrom(stored, text);
  }

  async set(measured: Measured): Promise<void> {
    await reply(this.#redis.set(this.#key, JSON.stringify(measured)));
  }
}
