import type { Cluster, Redis } from 'ioredis';
import type { Events } from '../../core/events.ts';
import { type RedisKeys, redisKeys } from '../../redis/keys.ts';
import { reply } from '../../redis/reply.ts';
import { runScript, type Script, script } from '../../redis/script.ts';
import { slices } from '../../redis/slices.ts';
import { MemoryRepairs } from './memory-repairs.ts';
import type { MissedWrite, Repairs, RepairTarget } from './repairs.ts';

export interface RedisRepairsDeps {
  /** The jobs' Redis, which does not evict. It stays its owner's. */
  readonly redis: Redis | Cluster;
  readonly prefix: string;
  /** Names this host: its processes share the notes on its tiers. */
  readonly host: string;
  readonly events: Events;
  /** Notes per tier, beyond which the oldest are forgotten; a million unless told. */
  readonly bound?: number;
}

const BOUND = 1_000_000;

/** KEYS notes, mark. ARGV bound, then keys. The notes are a sorted set from key to mark. */
const NOTE = script(
  2,
  `
local mark = redis.call('INCR', KEYS[2])
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], mark, ARGV[i]) end
local excess = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[1])
if excess > 0 then redis.call('ZREMRANGEBYRANK', KEYS[1], 0, excess - 1) end
return mark
`,
);

/** KEYS notes. ARGV key, mark, key, mark… */
const DONE = script(
  1,
  `
for i = 1, #ARGV, 2 do
  if redis.call('ZSCORE', KEYS[1], ARGV[i]) == ARGV[i + 1] then redis.call('ZREM', KEYS[1], ARGV[i]) end
end
return 0
`,
);

/**
 * Notes in Redis, so that they outlive the process that made them. What a process misses in its own memory is noted in
 * its memory, and so is everything while Redis is out of reach, until it is back.
 */
export class RedisRepairs implements Repairs {
  readonly #redis: Redis | Cluster;
  readonly #keys: RedisKeys;
  readonly #host: string;
  readonly #events: Events;
  readonly #bound: number;
  readonly #local: MemoryRepairs;

  constructor(deps: RedisRepairsDeps) {
    this.#redis = deps.redis;
    this.#keys = redisKeys(deps.prefix);
    this.#host = deps.host;
    this.#events = deps.events;
    this.#bound = deps.bound ?? BOUND;
    this.#local = new MemoryRepairs({ bound: this.#bound });
  }

  async note(tier: RepairTarget, keys: readonly string[]): Promise<void> {
    // A client that is not connected would keep the command, and the caller, until it is.
    if (tier.traits.reach === 'process' || this.#redis.status !== 'ready')
      return this.#local.note(tier, keys);
    try {
      await this.#noteInRedis(tier, keys);
    } catch (error) {
      await this.#local.note(tier, keys);
      this.#events.emit('problem', { where: `noting what tier "${tier.name}" missed`, error });
    }
  }

  async take(tier: RepairTarget, limit: number): Promise<MissedWrite[]> {
    if (tier.traits.reach === 'process') return this.#local.take(tier, limit);
    await this.#handOver(tier);
    const answer = await reply(this.#redis.zrange(this.#notesKey(tier), 0, String(limit - 1), 'WITHSCORES'));
    const notes: MissedWrite[] = [];
    for (let i = 0; i + 1 < answer.length; i += 2)
      notes.push({ key: answer[i] ?? '', mark: Number(answer[i + 1]) });
    return notes;
  }

  async done(tier: RepairTarget, notes: readonly MissedWrite[]): Promise<void> {
    if (tier.traits.reach === 'process') return this.#local.done(tier, notes);
    await this.#inBatches(notes, DONE, [this.#notesKey(tier)], ({ key, mark }) => [key, String(mark)], []);
  }

  async left(tier: RepairTarget): Promise<number> {
    const local = await this.#local.left(tier);
    if (tier.traits.reach === 'process') return local;
    return local + (await reply(this.#redis.zcard(this.#notesKey(tier))));
  }

  /** Brings to Redis what was noted while it was out of reach. */
  async #handOver(tier: RepairTarget): Promise<void> {
    const notes = await this.#local.take(tier, this.#bound);
    if (notes.length === 0) return;
    const keys = notes.map(({ key }) => key);
    await this.#noteInRedis(tier, keys);
    await this.#local.done(tier, notes);
  }

  #noteInRedis(tier: RepairTarget, keys: readonly string[]): Promise<void> {
    const names = [this.#notesKey(tier), this.#keys.missedWritesMark(this.#instanceOf(tier))];
    return this.#inBatches(keys, NOTE, names, (key) => [key], [String(this.#bound)]);
  }

  async #inBatches<T>(
    items: readonly T[],
    lua: Script,
    names: readonly string[],
    argsOf: (item: T) => string[],
    first: readonly string[],
  ): Promise<void> {
    for (const slice of slices(items)) {
      await reply(runScript(this.#redis, lua, names, [...first, ...slice.flatMap(argsOf)]));
    }
  }

  #notesKey(tier: RepairTarget): string {
    return this.#keys.missedWrites(this.#instanceOf(tier));
  }

  #instanceOf({ name, traits }: RepairTarget): string {
    return traits.reach === 'shared' ? name : `${name}@${this.#host}`;
  }
}
