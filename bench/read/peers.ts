/** Caches that Forewarm's reader is measured against, each set up as its documentation does it. */
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisDriver } from 'bentocache/drivers/redis';
import { createCache } from 'cache-manager';
import { Cacheable, Keyv } from 'cacheable';
import type { Redis } from 'ioredis';
import { ManualCache, RedisCache } from 'layered-loader';

export interface Peer {
  readonly name: string;
  set(key: string, value: unknown): Promise<unknown>;
  get(key: string): Promise<unknown>;
  close(): Promise<void>;
}

const HOUR_MS = 3_600_000;
const ITEMS = 10_000;

/** Values in the memory of the process, as objects. */
export function memoryPeers(): Peer[] {
  const store = bentostore().useL1Layer(memoryDriver({ maxItems: ITEMS, serialize: false }));
  const inMemoryCache = { ttlInMsecs: HOUR_MS, maxItems: ITEMS };
  return [
    bento(store),
    cacheable(new Cacheable({ ttl: HOUR_MS })),
    cacheManager(createCache({ ttl: HOUR_MS })),
    layeredLoader(new ManualCache<object>({ inMemoryCache })),
  ];
}

/** Values in Redis and nowhere else. */
export function redisPeers(redis: Redis): Peer[] {
  // The peers of Keyv have no adapter for ioredis: this is the least that one does.
  const keyv = (prefix: string) =>
    new Keyv({
      store: {
        opts: {},
        get: (key: string) => redis.get(prefix + key).then((text) => text ?? undefined),
        set: (key: string, text: string) => redis.set(prefix + key, text),
        delete: (key: string) => redis.del(prefix + key).then((count) => count > 0),
        clear: async () => undefined,
        on: () => undefined,
      },
      useKeyPrefix: false,
    });
  const json = { json: true, prefix: 'll', ttlInMsecs: HOUR_MS };
  return [
    bento(bentostore().useL2Layer(redisDriver({ connection: redis, prefix: 'bento' }))),
    cacheable(new Cacheable({ primary: keyv('cacheable:') })),
    cacheManager(createCache({ stores: [keyv('manager:')] })),
    layeredLoader(new ManualCache<object>({ asyncCache: new RedisCache<object>(redis, json) })),
  ];
}

function bento(store: ReturnType<typeof bentostore>): Peer {
  const cache = new BentoCache({ default: 'one', stores: { one: store }, ttl: HOUR_MS });
  return {
    name: 'bentocache',
    set: (key, value) => cache.set({ key, value }),
    get: (key) => cache.get({ key }),
    // Its Redis connection is not its own.
    close: async () => undefined,
  };
}

function cacheable(cache: Cacheable): Peer {
  return {
    name: 'cacheable',
    set: (key, value) => cache.set(key, value),
    get: (key) => cache.get(key),
    close: async () => undefined,
  };
}

function cacheManager(cache: ReturnType<typeof createCache>): Peer {
  return {
    name: 'cache-manager',
    set: (key, value) => cache.set(key, value),
    get: (key) => cache.get(key),
    close: async () => undefined,
  };
}

function layeredLoader(cache: ManualCache<object>): Peer {
  return {
    name: 'layered-loader',
    set: async (key, value) => cache.set(key, Object(value)),
    get: (key) => cache.get(key),
    close: async () => undefined,
  };
}
