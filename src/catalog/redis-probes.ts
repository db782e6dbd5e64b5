import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type RedisKeys, redisKeys } from '../redis/keys.ts';
import { recordFrom } from '../redis/record.ts';
import { reply } from '../redis/reply.ts';
import { runScript, script } from '../redis/script.ts';
import { type Claim, PROBE_COUNTS_MS, type ProbeRecord, type Probes } from './probes.ts';

export interface RedisProbesDeps {
  /** The jobs Redis. */
  readonly redis: Redis;
  readonly prefix: string;
  /** Names this process. */
  readonly holder: string;
}

/** KEYS probed. ARGV the claim, ms. Returns nothing when it is claimed, else what is there. */
const CLAIM = script(
  1,
  `
local found = redis.call('GET', KEYS[1])
if found then return found end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false
`,
);

/** KEYS probed. ARGV the claim, and the record or nothing. Another process's claim is left alone. */
const NOTE = script(
  1,
  `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1])
else redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL') end
return 1
`,
);

const stored = z.object({ at: z.number(), failure: z.string().optional() });

/** What was found; undefined for a claim. */
export function readProbe(text: string): ProbeRecord | undefined {
  const record = recordFrom(stored, text);
  return record === undefined ? undefined : { at: record.at, failure: record.failure };
}

/** One string for each origin that was probed lately, beside its ledger: a claim, and then what was found. */
export class RedisProbes implements Probes {
  readonly #deps: RedisProbesDeps;
  readonly #keys: RedisKeys;
  /** By origin, the claim of this process. */
  readonly #claims = new Map<string, string>();
  #count = 0;

  constructor(deps: RedisProbesDeps) {
    this.#deps = deps;
    this.#keys = redisKeys(deps.prefix);
  }

  async claim(origin: string): Promise<Claim> {
    this.#count += 1;
    const own = `${this.#deps.holder} ${this.#count}`;
    const found = await this.#run(CLAIM, origin, own, PROBE_COUNTS_MS);
    if (typeof found !== 'string') {
      this.#claims.set(origin, own);
      return 'claimed';
    }
    return readProbe(found) ?? 'asked';
  }

  async note(origin: string, record: ProbeRecord | undefined): Promise<void> {
    const text = record === undefined ? '' : JSON.stringify(record);
    await this.#run(NOTE, origin, this.#claims.get(origin) ?? '', text);
    this.#claims.delete(origin);
  }

  #run(what: typeof CLAIM, origin: string, ...args: (string | number)[]): Promise<unknown> {
    return reply(runScript(this.#deps.redis, what, [this.#keys.probed(origin)], args));
  }
}
