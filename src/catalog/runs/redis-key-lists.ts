import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type RedisKeys, redisKeys } from '../../redis/keys.ts';
import { recordFrom } from '../../redis/record.ts';
import { reply } from '../../redis/reply.ts';
import { type KeyLists, type KeyPage, UNKEPT_MS } from './key-lists.ts';

export interface RedisKeyListsDeps {
  /** The jobs Redis. */
  readonly redis: Redis;
  readonly prefix: string;
}

const written = z.object({
  source: z.string(),
  keys: z.array(z.string()),
  params: z.record(z.string(), z.record(z.string(), z.string())),
});

/** Undefined for what is no page. */
export function readKeyPage(text: string): KeyPage | undefined {
  const page = recordFrom(written, text);
  return page && { ...page, params: new Map(Object.entries(page.params)) };
}

/** One hash for each list, in the slot of its run: {page: JSON}. */
export class RedisKeyLists implements KeyLists {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;

  constructor({ redis, prefix }: RedisKeyListsDeps) {
    this.#redis = redis;
    this.#keys = redisKeys(prefix);
  }

  /** Page by page, so that Redis takes no long text at once. */
  async write(run: string, list: string, pages: readonly KeyPage[]): Promise<void> {
    const key = this.#keys.runList(run, list);
    for (const [page, { source, keys, params }] of pages.entries()) {
      const text = JSON.stringify({ source, keys, params: Object.fromEntries(params) });
      await reply(this.#redis.hset(key, String(page), text));
      if (page === 0) await reply(this.#redis.pexpire(key, UNKEPT_MS));
    }
  }

  async keep(run: string, list: string): Promise<void> {
    await reply(this.#redis.persist(this.#keys.runList(run, list)));
  }

  async page(run: string, list: string, page: number): Promise<KeyPage | undefined> {
    const text = await reply(this.#redis.hget(this.#keys.runList(run, list), String(page)));
    return text === null ? undefined : readKeyPage(text);
  }

  async forget(run: string, list: string): Promise<void> {
    await reply(this.#redis.unlink(this.#keys.runList(run, list)));
  }
}
