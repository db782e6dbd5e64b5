import { createHash, randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Clock, Timer } from '../core/clock.ts';
import { ForewarmError, messageOf } from '../core/errors.ts';
import { within } from '../flow/deadline.ts';
import { offErrand } from '../flow/errand.ts';
import { PATIENCE } from '../flow/patience.ts';
import { redisKeys } from '../redis/keys.ts';
import { recordFrom } from '../redis/record.ts';
import { runScript, type Script, script } from '../redis/script.ts';
import type { IdempotencyStore, StoredAnswer } from './idempotency.ts';

/** How long an answer is remembered, in ms. */
export const REMEMBERED_MS = 24 * 60 * 60 * 1_000;
/** How long a key stays held by a process that died, in ms. A living one renews. */
export const HELD_MS = 60_000;
const RENEW_MS = HELD_MS / 3;

/*
 * One string per key: {fingerprint, holder} while the request is worked on, {fingerprint, answer} afterwards. The holder
 * is unique to one `begin`, so every script is idempotent (ioredis sends again after a lost reply). Each
 * script touches one key.
 */

/** KEYS the key. ARGV the held text, ms. Returns nothing when the key is now held, else what was there. */
const BEGIN = script(
  1,
  `
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return false end
local found = redis.call('GET', KEYS[1])
if found == ARGV[1] then return false end
return found
`,
);
/** KEYS the key. ARGV the held text, the answered text, ms. Another request's key is left alone. */
const FINISH = script(
  1,
  `
local found = redis.call('GET', KEYS[1])
if found == false or found == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1
`,
);
/** KEYS the key. ARGV the held text. */
const FAIL = script(
  1,
  `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`,
);
/** KEYS the key. ARGV the held text, ms. */
const RENEW = script(
  1,
  `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
`,
);

const storedAnswer = z.object({
  fingerprint: z.string(),
  answer: z
    .object({ status: z.int(), headers: z.record(z.string(), z.string()), body: z.string() })
    .optional(),
});

/** Undefined for what this version cannot read. */
export function readStoredAnswer(text: string): z.output<typeof storedAnswer> | undefined {
  return recordFrom(storedAnswer, text);
}

export interface RedisIdempotencyDeps {
  readonly redis: Redis;
  readonly prefix: string;
  readonly clock: Clock;
}

interface Hold {
  readonly text: string;
  readonly renewal: Timer;
}

/** Idempotency keys on the jobs Redis: shared by all processes, under the digest of the key. */
export class RedisIdempotency implements IdempotencyStore {
  readonly #deps: RedisIdempotencyDeps;
  /** By key, what this process holds. */
  readonly #holds = new Map<string, Hold>();

  constructor(deps: RedisIdempotencyDeps) {
    this.#deps = deps;
  }

  async begin(key: string, fingerprint: string): Promise<'new' | 'busy' | 'reused' | StoredAnswer> {
    const text = JSON.stringify({ fingerprint, holder: randomUUID() });
    const found = await this.#run(BEGIN, key, text, HELD_MS);
    if (typeof found !== 'string') {
      this.#hold(key, text);
      return 'new';
    }
    const record = readStoredAnswer(found);
    // Another version wrote it, and still holds it, for all that is known.
    if (record === undefined) return 'busy';
    if (record.fingerprint !== fingerprint) return 'reused';
    return record.answer ?? 'busy';
  }

  async finish(key: string, fingerprint: string, answer: StoredAnswer): Promise<void> {
    await this.#run(FINISH, key, this.#letGo(key), JSON.stringify({ fingerprint, answer }), REMEMBERED_MS);
  }

  async fail(key: string): Promise<void> {
    await this.#run(FAIL, key, this.#letGo(key));
  }

  /** Renews what is held: work may take longer than a hold lasts, and only the hold of a dead process may run out. */
  #hold(key: string, text: string): void {
    const renew = () => {
      this.#hold(key, text);
      // A renewal that fails is made good by the next one, or the hold runs out as if we had died.
      this.#run(RENEW, key, text, HELD_MS).catch(() => undefined);
    };
    // The hold outlives a request whose client has left: its work may still go on.
    const renewal = offErrand(() => this.#deps.clock.after(RENEW_MS, renew));
    this.#holds.set(key, { text, renewal });
  }

  #letGo(key: string): string {
    const hold = this.#holds.get(key);
    hold?.renewal.cancel();
    this.#holds.delete(key);
    return hold?.text ?? '';
  }

  async #run(what: Script, key: string, ...args: (string | number)[]): Promise<unknown> {
    const { redis, prefix, clock } = this.#deps;
    const name = redisKeys(prefix).idempotency(createHash('sha256').update(key).digest('hex'));
    const late = () => new Error(`no answer within ${PATIENCE.server} ms`);
    try {
      return await within(clock, PATIENCE.server, () => runScript(redis, what, [name], args), late);
    } catch (cause) {
      throw new ForewarmError(
        'E_REDIS_UNAVAILABLE',
        `the jobs Redis did not keep an Idempotency-Key: ${messageOf(cause)}; check \`redis.jobs\``,
        { cause },
      );
    }
  }
}
