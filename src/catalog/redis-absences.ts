import type { Redis } from 'ioredis';
import { type RedisKeys, redisKeys } from '../redis/keys.ts';
import { reply } from '../redis/reply.ts';
import { runScript, script } from '../redis/script.ts';
import { slices } from '../redis/slices.ts';
import { type Absences, type Looked, RECENT_MS, REMEMBERED_MS, type VanishedValue } from './absences.ts';

export interface RedisAbsencesDeps {
  /** The jobs Redis. */
  readonly redis: Redis;
  readonly prefix: string;
}

/** First looks that are remembered of a source; the oldest go first. */
const MOST = 200_000;

/** KEYS absences ({"stamp key": said at}) or left-out ({key: said at}), due. ARGV now, members. Returns how many lately, how many are kept, and when each was said. */
const LOOK = script(
  2,
  `
local now = tonumber(ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ${REMEMBERED_MS})
local said = {}
for i = 2, #ARGV do
  redis.call('ZADD', KEYS[1], 'NX', ARGV[1], ARGV[i])
  said[i - 1] = redis.call('ZSCORE', KEYS[1], ARGV[i])
end
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -${MOST + 1})
redis.call('PEXPIRE', KEYS[1], ${REMEMBERED_MS})
return { redis.call('ZCOUNT', KEYS[1], now - ${RECENT_MS}, '+inf'), redis.call('ZCARD', KEYS[2]), said }
`,
);

/** One sorted set for each source, in the slot of its catalog. A value that was fetched since is another member. */
export class RedisAbsences implements Absences {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;

  constructor({ redis, prefix }: RedisAbsencesDeps) {
    this.#redis = redis;
    this.#keys = redisKeys(prefix);
  }

  look(source: string, vanished: readonly VanishedValue[], now: number): Promise<Looked> {
    const members = vanished.map(({ key, stamp }) => `${stamp} ${key}`);
    return this.#look([this.#keys.absences(source), this.#keys.due(source)], members, now);
  }

  async leftOut(source: string, keys: readonly string[], now: number): Promise<readonly number[]> {
    return (await this.#look([this.#keys.leftOut(source), this.#keys.due(source)], keys, now)).saidAt;
  }

  async #look(keys: readonly string[], members: readonly string[], now: number): Promise<Looked> {
    const saidAt: number[] = [];
    let last: readonly [number, number] = [0, 0];
    for (const slice of slices(members)) {
      // The script's last line.
      const [recent, kept, said] = (await reply(runScript(this.#redis, LOOK, keys, [now, ...slice]))) as [
        number,
        number,
        string[],
      ];
      saidAt.push(...said.map(Number));
      last = [recent, kept];
    }
    return { saidAt, recent: last[0], kept: last[1] };
  }
}
