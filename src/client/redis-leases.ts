import type { Redis } from 'ioredis';
import type { Clock } from '../core/clock.ts';
import { ForewarmError, messageOf } from '../core/errors.ts';
import { type RedisKeys, redisKeys } from '../redis/keys.ts';
import { runScript, type Script, script } from '../redis/script.ts';
import { slices } from '../redis/slices.ts';
import type { LeaseAnswer, Leases } from './leases.ts';

export interface RedisLeasesDeps {
  /** The jobs Redis, by a connection that fails at once while it is away. */
  readonly redis: Redis;
  readonly prefix: string;
  /** Names this process among the holders; unique. */
  readonly holder: string;
  readonly clock: Clock;
}

/** Keys of one call. */
const SLICE = 500;
/** Whoever waits longer than this for the jobs Redis takes it for away, in ms. */
const PATIENCE_MS = 250;
/** In place of a holder: a fetch failed. No holder is named so. */
const RESTING = '!';

/** KEYS: leases. ARGV holder, ms. For each 1 taken, 0 held, 2 resting. One's own is taken again: a lost reply does no harm. */
const TAKE = script(
  'any',
  `
local answers = {}
for i = 1, #KEYS do
  local held = redis.call('GET', KEYS[i])
  if held == '${RESTING}' then
    answers[i] = 2
  elseif held and held ~= ARGV[1] then
    answers[i] = 0
  else
    redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2])
    answers[i] = 1
  end
end
return answers
`,
);

/** KEYS: leases. ARGV holder, ms; no ms: they end. */
const KEEP = script(
  'any',
  `
for i = 1, #KEYS do
  if redis.call('GET', KEYS[i]) == ARGV[1] then
    if ARGV[2] then redis.call('PEXPIRE', KEYS[i], ARGV[2]) else redis.call('DEL', KEYS[i]) end
  end
end
return {}
`,
);

/** KEYS: leases. ARGV holder, ms. */
const REST = script(
  'any',
  `
for i = 1, #KEYS do
  if redis.call('GET', KEYS[i]) == ARGV[1] then redis.call('SET', KEYS[i], '${RESTING}', 'PX', ARGV[2]) end
end
return {}
`,
);

/** KEYS: marks. ARGV ms. For each 1 where there was none. */
const MARK = script(
  'any',
  `
local answers = {}
for i = 1, #KEYS do
  answers[i] = redis.call('SET', KEYS[i], '1', 'PX', ARGV[1], 'NX') and 1 or 0
end
return answers
`,
);

const ANSWERS: readonly LeaseAnswer[] = ['held', 'taken', 'resting'];

/** Leases on the jobs Redis. All keys of a source share a slot: one call serves many. */
export class RedisLeases implements Leases {
  readonly #deps: RedisLeasesDeps;
  readonly #keys: RedisKeys;

  constructor(deps: RedisLeasesDeps) {
    this.#deps = deps;
    this.#keys = redisKeys(deps.prefix);
  }

  reachable(): boolean {
    return this.#deps.redis.status === 'ready';
  }

  async take(source: string, keys: readonly string[], ms: number): Promise<LeaseAnswer[]> {
    const codes = await this.#run(TAKE, source, 'lease', keys, [this.#deps.holder, String(ms)]);
    return codes.map((code) => ANSWERS[code] ?? 'held');
  }

  async keep(source: string, keys: readonly string[], ms: number): Promise<void> {
    await this.#run(KEEP, source, 'lease', keys, [this.#deps.holder, String(ms)]);
  }

  async release(source: string, keys: readonly string[]): Promise<void> {
    await this.#run(KEEP, source, 'lease', keys, [this.#deps.holder]);
  }

  async rest(source: string, keys: readonly string[], ms: number): Promise<void> {
    await this.#run(REST, source, 'lease', keys, [this.#deps.holder, String(ms)]);
  }

  async mark(source: string, keys: readonly string[], ms: number): Promise<boolean[]> {
    const codes = await this.#run(MARK, source, 'asked', keys, [String(ms)]);
    return codes.map((code) => code === 1);
  }

  async #run(
    what: Script,
    source: string,
    kind: 'lease' | 'asked',
    keys: readonly string[],
    args: readonly string[],
  ): Promise<number[]> {
    if (!this.reachable()) throw unavailable(`the connection is ${this.#deps.redis.status}`);
    const nameOf = this.#keys[kind];
    const calls = slices(keys, SLICE).map((slice) =>
      runScript(
        this.#deps.redis,
        what,
        slice.map((key) => nameOf(source, key)),
        args,
      ),
    );
    // Each script answers a list of numbers.
    return ((await this.#inTime(Promise.all(calls))) as number[][]).flat();
  }

  async #inTime<T>(work: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    const timer = this.#deps.clock.after(PATIENCE_MS, () =>
      late.reject(unavailable(`no answer within ${PATIENCE_MS} ms`)),
    );
    // What comes later than that interests nobody.
    work.catch(() => undefined);
    try {
      return await Promise.race([work, late.promise]);
    } catch (error) {
      throw error instanceof ForewarmError ? error : unavailable(messageOf(error), error);
    } finally {
      timer.cancel();
    }
  }
}

function unavailable(reason: string, cause?: unknown): ForewarmError {
  return new ForewarmError('E_REDIS_UNAVAILABLE', `the Redis for jobs did not answer a reader: ${reason}`, {
    cause,
  });
}
