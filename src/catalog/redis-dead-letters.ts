import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Place } from '../core/place.ts';
import { redisKeys } from '../redis/keys.ts';
import { membersAfter } from '../redis/members-after.ts';
import { recordFrom } from '../redis/record.ts';
import { reply } from '../redis/reply.ts';
import { runScript, script } from '../redis/script.ts';
import { slices } from '../redis/slices.ts';
import type { DeadLetter, DeadLetters, LostKey } from './dead-letters.ts';

export interface RedisDeadLettersDeps {
  /** The jobs Redis: it must neither evict nor forget. */
  readonly redis: Redis;
  readonly prefix: string;
}

/** How many are kept; the oldest beyond that are dropped. */
export const DEAD_LETTERS_KEPT = 10_000;

/**
 * KEYS index (sorted set {id: at}), letters (hash {id: "at|attempts|JSON of the rest"}). ARGV how many to keep, then
 * four for each dead letter: id, at, attempts, rest. One that is not later than the one on record changes nothing: so a
 * command that is sent again counts attempts once.
 */
const ADD = script(
  2,
  `
for i = 2, #ARGV, 4 do
  local id, at, attempts = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  local known = redis.call('HGET', KEYS[2], id)
  local before, sofar = '-1', '0'
  if known then before, sofar = string.match(known, '^(%d+)|(%d+)|') end
  if tonumber(at) > tonumber(before) then
    redis.call('ZADD', KEYS[1], at, id)
    redis.call('HSET', KEYS[2], id, at .. '|' .. (sofar + attempts) .. '|' .. ARGV[i + 3])
  end
end
local excess = redis.call('ZCARD', KEYS[1]) - ARGV[1]
if excess > 0 then
  for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, excess - 1)) do
    redis.call('ZREM', KEYS[1], id)
    redis.call('HDEL', KEYS[2], id)
  end
end
return 1
`,
);

/** KEYS index, letters. ARGV two for each dead letter: id, and `at` as it was read. One whose key has failed again since then stays. */
const REMOVE = script(
  2,
  `
for i = 1, #ARGV, 2 do
  local known = redis.call('HGET', KEYS[2], ARGV[i])
  if known and string.match(known, '^(%d+)|') == ARGV[i + 1] then
    redis.call('ZREM', KEYS[1], ARGV[i])
    redis.call('HDEL', KEYS[2], ARGV[i])
  end
end
return 1
`,
);

/** Dead letters on the jobs Redis. */
export class RedisDeadLetters implements DeadLetters {
  readonly #redis: Redis;
  readonly #index: string;
  readonly #deadLetters: string;

  constructor({ redis, prefix }: RedisDeadLettersDeps) {
    this.#redis = redis;
    const keys = redisKeys(prefix);
    this.#index = keys.deadLetterIndex();
    this.#deadLetters = keys.deadLetters();
  }

  async add(lost: readonly LostKey[]): Promise<void> {
    const keys = [this.#index, this.#deadLetters];
    await Promise.all(
      slices(lost).map((slice) =>
        reply(runScript(this.#redis, ADD, keys, [DEAD_LETTERS_KEPT, ...slice.flatMap(write)])),
      ),
    );
  }

  async list(limit: number, after?: Place): Promise<DeadLetter[]> {
    const all: DeadLetter[] = [];
    let last = after;
    // What cannot be read makes no page short.
    for (let asked = limit; asked > 0; asked = limit - all.length) {
      const found = await reply(membersAfter(this.#redis, this.#index, asked, last));
      all.push(...(await this.#read(found.map(({ id }) => id))));
      if (found.length < asked) break;
      last = found.at(-1);
    }
    return all;
  }

  total(): Promise<number> {
    return reply(this.#redis.zcard(this.#index));
  }

  get(ids: readonly string[]): Promise<DeadLetter[]> {
    return this.#read([...new Set(ids)]);
  }

  async remove(letters: readonly DeadLetter[]): Promise<void> {
    const keys = [this.#index, this.#deadLetters];
    const read = slices(letters).map((slice) => slice.flatMap(({ id, at }) => [id, at]));
    await Promise.all(read.map((slice) => reply(runScript(this.#redis, REMOVE, keys, slice))));
  }

  async #read(ids: readonly string[]): Promise<DeadLetter[]> {
    const pages = await Promise.all(
      slices(ids).map(async (slice) => {
        const texts = await reply(this.#redis.hmget(this.#deadLetters, ...slice));
        return slice.flatMap((id, i) => readDeadLetter(id, texts[i] ?? '') ?? []);
      }),
    );
    return pages.flat();
  }
}

function write({ source, key, run, reason, at, attempts }: LostKey): (string | number)[] {
  const id = createHash('sha256').update(`${source}\n${key}`).digest('base64url').slice(0, 22);
  return [id, Math.round(at), attempts, JSON.stringify({ source, key, run, reason })];
}

const stored = z.object({
  source: z.string(),
  key: z.string(),
  run: z.string().optional(),
  reason: z.string().catch(''),
});

/** Undefined for what is no dead letter: one that cannot be read hides no other. */
export function readDeadLetter(id: string, text: string): DeadLetter | undefined {
  const [, at, attempts, json] = /^(\d{1,15})\|(\d{1,15})\|(.*)$/s.exec(text) ?? [];
  const rest = json === undefined ? undefined : recordFrom(stored, json);
  if (rest === undefined) return undefined;
  return { ...rest, id, run: rest.run, at: Number(at), attempts: Number(attempts) };
}
