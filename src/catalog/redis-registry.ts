import type { Redis } from 'ioredis';
import { z } from 'zod';
import { PHASES } from '../core/health.ts';
import { LOG_LEVELS, LONGEST_LEVEL_MS, type LogLevelWish } from '../core/log-level.ts';
import { statisticsSchema } from '../core/metrics/statistics.ts';
import { type Counts, countsOf, OUTCOMES, type Outcome } from '../core/outcome.ts';
import { TEMPERATURES } from '../core/source.ts';
import { type RedisKeys, redisKeys } from '../redis/keys.ts';
import { recordFrom } from '../redis/record.ts';
import { reply } from '../redis/reply.ts';
import { runScript, script } from '../redis/script.ts';
import { LIVE_WITHIN_MS, type ProcessBeat, type Registry, type Tick } from './registry.ts';

export interface RedisRegistryDeps {
  readonly redis: Redis;
  readonly prefix: string;
}

/** KEYS ticks (hash {schedule: "nominal|run"}). ARGV schedule, nominal, run or empty. */
const NOTE_TICK = script(
  1,
  `
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known and tonumber(string.match(known, '^%d+')) > tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. '|' .. ARGV[3])
return 1
`,
);

/** KEYS levels (hash {process or all: wish}). ARGV process, wish, ms for which they are kept. */
const ASK_LEVEL = script(
  1,
  `
if ARGV[1] == 'all' then redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`,
);

/** KEYS measurer ("until|id"). ARGV id, now, until. */
const MEASURE = script(
  1,
  `
local known = redis.call('GET', KEYS[1])
if known then
  local ends, id = string.match(known, '^(%d+)|(.*)$')
  if id ~= ARGV[1] and tonumber(ends) > tonumber(ARGV[2]) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[3] .. '|' .. ARGV[1])
return 1
`,
);

/** KEYS measurer. ARGV id. */
const END_MEASURING = script(
  1,
  `
local known = redis.call('GET', KEYS[1])
if known and string.match(known, '^%d+|(.*)$') == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`,
);

/** The registry on the jobs Redis. */
export class RedisRegistry implements Registry {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;

  constructor({ redis, prefix }: RedisRegistryDeps) {
    this.#redis = redis;
    this.#keys = redisKeys(prefix);
  }

  async beat(process: ProcessBeat): Promise<void> {
    await reply(this.#redis.hset(this.#keys.processes(), process.id, JSON.stringify(process)));
  }

  /** Also forgets processes that have not been seen: one that was only slow is back at its next beat. */
  async processes(now: number): Promise<ProcessBeat[]> {
    const texts = await reply(this.#redis.hvals(this.#keys.processes()));
    const all = texts.map(readBeat).filter((beat) => beat !== undefined);
    const gone = all.filter(({ seenAt }) => now - seenAt > LIVE_WITHIN_MS).map(({ id }) => id);
    if (gone.length > 0) await reply(this.#redis.hdel(this.#keys.processes(), ...gone));
    return all.filter(({ seenAt }) => now - seenAt <= LIVE_WITHIN_MS).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async leave(id: string): Promise<void> {
    await reply(this.#redis.hdel(this.#keys.processes(), id));
  }

  /** What concerns all takes the place of whatever concerns one. */
  async askLogLevel(process: string, wish: LogLevelWish): Promise<void> {
    const args = [process, JSON.stringify(wish), LONGEST_LEVEL_MS];
    await reply(runScript(this.#redis, ASK_LEVEL, [this.#keys.logLevels()], args));
  }

  async logLevels(now: number): Promise<ReadonlyMap<string, LogLevelWish>> {
    const texts = await reply(this.#redis.hgetall(this.#keys.logLevels()));
    const wishes = Object.entries(texts).map(
      ([process, text]) => [process, recordFrom(wished, text)] as const,
    );
    return new Map(wishes.flatMap(([process, wish]) => (wish && wish.until > now ? [[process, wish]] : [])));
  }

  async measures(id: string, now: number, until: number): Promise<boolean> {
    const args = [id, Math.round(now), Math.round(until)];
    return (await reply(runScript(this.#redis, MEASURE, [this.#keys.measurer()], args))) === 1;
  }

  async endMeasuring(id: string): Promise<void> {
    await reply(runScript(this.#redis, END_MEASURING, [this.#keys.measurer()], [id]));
  }

  async noteTick(schedule: string, nominal: number, run = ''): Promise<void> {
    const args = [schedule, Math.round(nominal), run];
    await reply(runScript(this.#redis, NOTE_TICK, [this.#keys.ticks()], args));
  }

  async ticks(): Promise<Tick[]> {
    const fields = await reply(this.#redis.hgetall(this.#keys.ticks()));
    return Object.entries(fields).map(([schedule, text]) => {
      const [nominal, run] = text.split('|');
      return { schedule, nominal: Number(nominal), run: run || undefined };
    });
  }

  async count(source: string, outcomes: Partial<Record<Outcome, number>>): Promise<void> {
    const totals = this.#keys.totals(source);
    const counted = OUTCOMES.flatMap((outcome) => {
      const count = outcomes[outcome] ?? 0;
      return count === 0 ? [] : [this.#redis.hincrby(totals, outcome, count)];
    });
    await reply(Promise.all(counted));
  }

  async counts(sources: readonly string[]): Promise<Counts[]> {
    const totals = await reply(
      Promise.all(sources.map((source) => this.#redis.hmget(this.#keys.totals(source), ...OUTCOMES))),
    );
    return totals.map((values) =>
      countsOf(Object.fromEntries(OUTCOMES.map((outcome, i) => [outcome, Number(values[i] ?? 0)]))),
    );
  }
}

/** Processes of several versions may live together during a deploy: the statistics of another one may have another shape. */
export function readBeat(text: string): ProcessBeat | undefined {
  const beat = recordFrom(stored, text);
  return beat === undefined ? undefined : { ...beat, memory: beat.memory, statistics: beat.statistics };
}

const wished = z.object({
  level: z.enum(LOG_LEVELS).nullable(),
  by: z.string(),
  at: z.number(),
  until: z.number(),
});

const stored = z.object({
  id: z.string(),
  roles: z.array(z.string()).catch([]),
  host: z.string().catch(''),
  pid: z.number().catch(0),
  startedAt: z.number().catch(0),
  seenAt: z.number(),
  memory: z.object({ entries: z.number(), bytes: z.number() }).optional().catch(undefined),
  knows: z
    .object({
      sources: z.record(z.string(), z.enum(TEMPERATURES)),
      entities: z.array(z.string()),
      jobs: z.array(z.string()).optional(),
      version: z.string().optional(),
      configuration: z.string().optional(),
    })
    .optional()
    .catch(undefined),
  behind: z.number().optional().catch(undefined),
  log: z
    .object({ level: z.enum(LOG_LEVELS), configured: z.enum(LOG_LEVELS), until: z.number().optional() })
    .optional()
    .catch(undefined),
  state: z
    .object({
      phase: z.enum(PHASES),
      stuck: z.array(z.object({ name: z.string(), reason: z.string().nullable() })),
      lanes: z.record(z.string(), z.number()),
    })
    .optional()
    .catch(undefined),
  statistics: statisticsSchema.optional().catch(undefined),
});
