import type { Redis } from 'ioredis';
import { type RedisKeys, redisKeys } from '../redis/keys.ts';
import { reply } from '../redis/reply.ts';
import { runScript, script } from '../redis/script.ts';
import type { SharedVersion, Versions } from './versions.ts';

export interface RedisVersionsDeps {
  /** The jobs Redis. */
  readonly redis: Redis;
  readonly prefix: string;
}

/** KEYS version ("stamp|version"). ARGV stamp, version. */
const NOTE = script(
  1,
  `
local known = redis.call('GET', KEYS[1])
if known and tonumber(string.match(known, '^%d+')) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. '|' .. ARGV[2])
return 1
`,
);

/** One string for each source that has a version probe, in the slot of its catalog. */
export class RedisVersions implements Versions {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;

  constructor({ redis, prefix }: RedisVersionsDeps) {
    this.#redis = redis;
    this.#keys = redisKeys(prefix);
  }

  async of(source: string): Promise<SharedVersion | undefined> {
    const text = await reply(this.#redis.get(this.#keys.version(source)));
    if (text === null) return undefined;
    const bar = text.indexOf('|');
    return { version: text.slice(bar + 1), stamp: Number(text.slice(0, bar)) };
  }

  async note(source: string, { version, stamp }: SharedVersion): Promise<void> {
    await reply(runScript(this.#redis, NOTE, [this.#keys.version(source)], [stamp, version]));
  }
}
