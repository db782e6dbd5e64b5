import type { Redis } from 'ioredis';
import { OUTCOME_CODES, outcomeOfCode } from '../core/outcome.ts';
import { type RedisKeys, redisKeys } from '../redis/keys.ts';
import { reply } from '../redis/reply.ts';
import { runScript, script } from '../redis/script.ts';
import { slices } from '../redis/slices.ts';
import type { Attempts, FailedAttempt } from './attempts.ts';

export interface RedisAttemptsDeps {
  /** The jobs Redis. */
  readonly redis: Redis;
  readonly prefix: string;
}

/** How many keys of a source are remembered; beyond that some are forgotten, whichever they are. */
const MOST_KEYS = 1_000;
/** Attempts of a key. */
const MOST = 5;
/** How much of a reason is kept, in characters. */
const LONGEST_REASON = 200;
/** After the last attempt of a source that did not succeed, in seconds. */
const KEPT_S = 86_400;

/**
 * KEYS attempts. ARGV attempts of a key, keys, seconds, then key, "at|letter|run|reason" and how many characters of it say which attempt
 * it is, for each: the newest line of a key comes first, and an attempt that is there already is left out.
 */
const NOTE = script(
  1,
  `
for i = 4, #ARGV, 3 do
  local known = redis.call('HGET', KEYS[1], ARGV[i]) or ''
  local id = string.sub(ARGV[i + 1], 1, tonumber(ARGV[i + 2]))
  if not string.find('\\n' .. known, '\\n' .. id, 1, true) then
    local lines = {ARGV[i + 1]}
    for line in string.gmatch(known, '[^\\n]+') do
      if #lines < tonumber(ARGV[1]) then lines[#lines + 1] = line end
    end
    redis.call('HSET', KEYS[1], ARGV[i], table.concat(lines, '\\n'))
  end
end
local over = redis.call('HLEN', KEYS[1]) - tonumber(ARGV[2])
if over > 0 then redis.call('HDEL', KEYS[1], unpack(redis.call('HRANDFIELD', KEYS[1], over))) end
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
`,
);

/** One hash for each source: key, and a line for each attempt. */
export class RedisAttempts implements Attempts {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;

  constructor({ redis, prefix }: RedisAttemptsDeps) {
    this.#redis = redis;
    this.#keys = redisKeys(prefix);
  }

  async note(source: string, attempts: readonly FailedAttempt[]): Promise<void> {
    const name = this.#keys.attempts(source);
    for (const slice of slices(attempts.slice(-MOST_KEYS))) {
      const lines = slice.flatMap(lineOf);
      await reply(runScript(this.#redis, NOTE, [name], [MOST, MOST_KEYS, KEPT_S, ...lines]));
    }
  }

  async of(source: string, key: string): Promise<readonly FailedAttempt[]> {
    const text = await reply(this.#redis.hget(this.#keys.attempts(source), key));
    return attemptsOf(key, text);
  }

  async ofRun(source: string, keys: readonly string[], run: string): Promise<(FailedAttempt | undefined)[]> {
    const name = this.#keys.attempts(source);
    const texts = await reply(Promise.all(slices(keys).map((slice) => this.#redis.hmget(name, ...slice))));
    return texts
      .flat()
      .map((text, i) => attemptsOf(keys[i] ?? '', text).find((attempt) => attempt.run === run));
  }
}

/** The newest first. */
function attemptsOf(key: string, text: string | null): FailedAttempt[] {
  const found = (text ?? '').split('\n').flatMap((line) => attemptOf(key, line));
  return found.sort((one, other) => other.at - one.at);
}

function lineOf({ key, outcome, reason, at, run = '' }: FailedAttempt): (string | number)[] {
  const id = `${Math.round(at)}|${OUTCOME_CODES[outcome]}|${run}|`;
  const words = reason.slice(0, LONGEST_REASON).toWellFormed().replace(/\s+/g, ' ');
  return [key, id + words, id.length];
}

function attemptOf(key: string, line: string): FailedAttempt[] {
  const [, at, letter = '', run = '', reason = ''] = /^(\d+)\|(\w)\|([^|]*)\|(.*)$/.exec(line) ?? [];
  if (at === undefined) return [];
  const outcome = outcomeOfCode(letter) === 'refused' ? 'refused' : 'failed';
  return [{ key, outcome, reason, at: Number(at), run: run === '' ? undefined : run }];
}
