import type { Cluster, Redis } from 'ioredis';
import type { Clock } from '../../core/clock.ts';
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
  /** Names this host: its processes share what its tiers missed. */
  readonly host: string;
  /** Of this process. */
  readonly id: string;
  readonly clock: Clock;
  readonly events: Events;
  /** Missed writes per tier, beyond which the oldest are forgotten; a million by default. */
  readonly bound?: number;
  /** When others take a write over that was announced, in ms. */
  readonly unfinishedAfter?: number;
}

const BOUND = 1_000_000;
/** No write takes so long, with all its attempts: whoever announced it has ended, or the write has failed and is recorded. */
const UNFINISHED_MS = 15_000;
/** How often a process tries to bring to Redis what it had to remember itself. */
const HAND_OVER_EVERY_MS = 1_000;
/** Between the name of an announcement and its key. No name has it. */
const SEPARATOR = '/';

/** KEYS missed, version. ARGV bound, then keys. What is missed is a sorted set from key to version. */
const RECORD = script(
  2,
  `
local version = redis.call('INCR', KEYS[2])
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], version, ARGV[i]) end
local excess = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[1])
if excess > 0 then redis.call('ZREMRANGEBYRANK', KEYS[1], 0, excess - 1) end
return version
`,
);

/** KEYS announced. ARGV key… What is announced is a sorted set from key to the time, in ms of the server. */
const ANNOUNCE = script(
  1,
  `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 1, #ARGV do redis.call('ZADD', KEYS[1], now, ARGV[i]) end
return 0
`,
);

/** KEYS announced, missed, version. ARGV how old what nobody finished is, in ms, and the separator of an announcement's parts. */
const TAKE_OVER = script(
  3,
  `
local time = redis.call('TIME')
local old = redis.call('ZRANGEBYSCORE', KEYS[1], 0, time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(ARGV[1]), 'LIMIT', 0, 1000)
if #old == 0 then return 0 end
local version = redis.call('INCR', KEYS[3])
for i = 1, #old do
  redis.call('ZADD', KEYS[2], version, string.sub(old[i], string.find(old[i], ARGV[2], 1, true) + 1))
  redis.call('ZREM', KEYS[1], old[i])
end
return #old
`,
);

/** KEYS missed. ARGV key, version, key, version… */
const REMOVE = script(
  1,
  `
for i = 1, #ARGV, 2 do
  if redis.call('ZSCORE', KEYS[1], ARGV[i]) == ARGV[i + 1] then redis.call('ZREM', KEYS[1], ARGV[i]) end
end
return 0
`,
);

/**
 * Missed writes in Redis, so that they outlive the process that recorded them. What the memory of a process missed is
 * recorded in that memory, and so is everything else while Redis is unavailable, until it is back.
 */
export class RedisRepairs implements Repairs {
  readonly #redis: Redis | Cluster;
  readonly #keys: RedisKeys;
  readonly #host: string;
  readonly #clock: Clock;
  readonly #events: Events;
  /** Tiers whose missed writes are about to be brought to Redis. */
  readonly #handingOver = new Set<string>();
  readonly #bound: number;
  readonly #unfinishedAfter: number;
  readonly #local: MemoryRepairs;
  /** Of this process. */
  readonly #id: string;
  #announced = 0;

  constructor(deps: RedisRepairsDeps) {
    this.#redis = deps.redis;
    this.#keys = redisKeys(deps.prefix);
    this.#host = deps.host;
    this.#id = deps.id;
    this.#unfinishedAfter = deps.unfinishedAfter ?? UNFINISHED_MS;
    this.#clock = deps.clock;
    this.#events = deps.events;
    this.#bound = deps.bound ?? BOUND;
    this.#local = new MemoryRepairs({ bound: this.#bound });
  }

  async record(tier: RepairTarget, keys: readonly string[]): Promise<boolean> {
    // A client that is not connected would keep the command, and the caller, until it is.
    if (tier.traits.reach === 'process') return this.#local.record(tier, keys);
    if (this.#redis.status !== 'ready') return this.#recordHere(tier, keys);
    try {
      await this.#recordInRedis(tier, keys);
      return true;
    } catch (error) {
      this.#events.emit('problem', { where: `recording what tier "${tier.name}" missed`, error });
      return this.#recordHere(tier, keys);
    }
  }

  async announce(tier: RepairTarget, keys: readonly string[]): Promise<() => Promise<void>> {
    if (this.#redis.status !== 'ready') return async () => undefined;
    const name = this.#keys.announcedWrites(this.#instanceOf(tier));
    this.#announced += 1;
    const members = keys.map((key) => `${this.#id}-${this.#announced}${SEPARATOR}${key}`);
    const all = async (act: (slice: readonly string[]) => Promise<unknown>) => {
      try {
        for (const slice of slices(members)) await reply(act(slice));
      } catch (error) {
        this.#events.emit('problem', { where: `announcing writes to tier "${tier.name}"`, error });
      }
    };
    await all((slice) => runScript(this.#redis, ANNOUNCE, [name], [...slice]));
    return () => all((slice) => this.#redis.zrem(name, ...slice));
  }

  async list(tier: RepairTarget, limit: number): Promise<MissedWrite[]> {
    if (tier.traits.reach === 'process') return this.#local.list(tier, limit);
    await this.#handOver(tier);
    await this.#takeOver(tier);
    const answer = await reply(this.#redis.zrange(this.#missedKey(tier), 0, String(limit - 1), 'WITHSCORES'));
    const missed: MissedWrite[] = [];
    for (let i = 0; i + 1 < answer.length; i += 2)
      missed.push({ key: answer[i] ?? '', version: Number(answer[i + 1]) });
    return missed;
  }

  async remove(tier: RepairTarget, missed: readonly MissedWrite[]): Promise<void> {
    if (tier.traits.reach === 'process') return this.#local.remove(tier, missed);
    await this.#inBatches(
      missed,
      REMOVE,
      [this.#missedKey(tier)],
      ({ key, version }) => [key, String(version)],
      [],
    );
  }

  async count(tier: RepairTarget): Promise<number> {
    const local = await this.#local.count(tier);
    if (tier.traits.reach === 'process') return local;
    return local + (await reply(this.#redis.zcard(this.#missedKey(tier))));
  }

  /** Until Redis answers: this process may have nobody who repairs. */
  async #recordHere(tier: RepairTarget, keys: readonly string[]): Promise<boolean> {
    this.#handOverSoon(tier);
    return this.#local.record(tier, keys);
  }

  #handOverSoon(tier: RepairTarget): void {
    if (this.#handingOver.has(tier.name)) return;
    this.#handingOver.add(tier.name);
    this.#clock.after(HAND_OVER_EVERY_MS, () => {
      this.#handingOver.delete(tier.name);
      if (this.#redis.status !== 'ready') return this.#handOverSoon(tier);
      this.#handOver(tier).catch(() => this.#handOverSoon(tier));
    });
  }

  /** Brings to Redis what was recorded here while it was unavailable. */
  async #handOver(tier: RepairTarget): Promise<void> {
    const missed = await this.#local.list(tier, this.#bound);
    if (missed.length === 0) return;
    const keys = missed.map(({ key }) => key);
    await this.#recordInRedis(tier, keys);
    await this.#local.remove(tier, missed);
  }

  /** What processes began to write and did not finish. */
  async #takeOver(tier: RepairTarget): Promise<void> {
    const instance = this.#instanceOf(tier);
    const { announcedWrites, missedWrites, missedWritesMark } = this.#keys;
    const names = [announcedWrites(instance), missedWrites(instance), missedWritesMark(instance)];
    await reply(runScript(this.#redis, TAKE_OVER, names, [String(this.#unfinishedAfter), SEPARATOR]));
  }

  #recordInRedis(tier: RepairTarget, keys: readonly string[]): Promise<void> {
    const names = [this.#missedKey(tier), this.#keys.missedWritesMark(this.#instanceOf(tier))];
    return this.#inBatches(keys, RECORD, names, (key) => [key], [String(this.#bound)]);
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

  #missedKey(tier: RepairTarget): string {
    return this.#keys.missedWrites(this.#instanceOf(tier));
  }

  #instanceOf({ name, traits }: RepairTarget): string {
    return traits.reach === 'shared' ? name : `${name}@${this.#host}`;
  }
}
