/**
 * The account of ticks on the jobs Redis. The keys of a schedule share a hash tag: a hash `state` {cursor, rule, pause, pausedUntil}, a hash
 * `claims` {nominal: "holder leaseEndsMs"}, and a list `ticks` of records, the newest first. Leases go by the server's clock.
 */

import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type RedisKeys, redisKeys } from '../redis/keys.ts';
import { recordFrom } from '../redis/record.ts';
import { reply } from '../redis/reply.ts';
import { runScript, script } from '../redis/script.ts';
import type { Tick } from './tick.ts';
import type {
  CursorAdvance,
  PauseOptions,
  ScheduleAccount,
  SchedulePause,
  ScheduleState,
  TickRecord,
  TickStore,
} from './tick-store.ts';

/** How many records of a schedule are kept. */
export const TICKS_KEPT = 1_000;

export interface RedisTickStoreDeps {
  /** The jobs Redis. */
  readonly redis: Redis;
  readonly prefix: string;
  /** Names this process among those that claim. */
  readonly holder: string;
  /** How long a process may take to enqueue a tick before another one takes it over, in ms. */
  readonly leaseMs: number;
}

/** A pause without an end ends then, in ms since the epoch: the largest number that Lua keeps whole. */
const FOR_EVER = Number.MAX_SAFE_INTEGER;

const NOW = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
`;

/** KEYS state. ARGV cursor, rule. Answers where it stands. */
const OPEN = script(
  1,
  `
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('HSET', KEYS[1], 'cursor', ARGV[1], 'rule', ARGV[2]) end
return redis.call('HMGET', KEYS[1], 'cursor', 'rule')
`,
);

/**
 * KEYS state, claims, ticks. ARGV from cursor, from rule, to cursor, to rule, holder, lease ms, kept, number of times to fire,
 * these, then records as JSON, the oldest first, with AT for the time. Sent again after a lost reply it finds what it did: a
 * claim of its own, or, when nothing was to fire, a cursor that stands where it was to go.
 */
const ADVANCE = script(
  3,
  `${NOW}
local known = redis.call('HMGET', KEYS[1], 'cursor', 'rule', 'pausedUntil')
local count = tonumber(ARGV[8])
if known[1] ~= ARGV[1] or known[2] ~= ARGV[2] then
  if known[1] ~= ARGV[3] or known[2] ~= ARGV[4] or count == 0 then return 0 end
  local claim = redis.call('HGET', KEYS[2], ARGV[9])
  return claim and string.match(claim, '^(%S+)') == ARGV[5] and 1 or 0
end
if count > 0 and known[3] and tonumber(known[3]) > now then return 0 end
redis.call('HSET', KEYS[1], 'cursor', ARGV[3], 'rule', ARGV[4])
for i = 9, 8 + count do
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[5] .. ' ' .. string.format('%.0f', now + tonumber(ARGV[6])))
end
for i = 9 + count, #ARGV do
  redis.call('LPUSH', KEYS[3], (string.gsub(ARGV[i], 'AT', string.format('%.0f', now), 1)))
end
redis.call('LTRIM', KEYS[3], 0, tonumber(ARGV[7]) - 1)
return 1
`,
);

/** KEYS state. ARGV cursor, rule, length in ms (0: no end), pause as JSON with AT for the time. */
const PAUSE = script(
  1,
  `${NOW}
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('HSET', KEYS[1], 'cursor', ARGV[1], 'rule', ARGV[2]) end
local ends = ARGV[3] == '0' and '${FOR_EVER}' or string.format('%.0f', now + tonumber(ARGV[3]))
redis.call('HSET', KEYS[1], 'pausedUntil', ends, 'pause', (string.gsub(ARGV[4], 'AT', string.format('%.0f', now), 1)))
return 1
`,
);

/** KEYS claims, ticks. ARGV nominal, record, kept. A time that is not claimed any more was recorded before. */
const RAN = script(
  2,
  `${NOW}
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('LPUSH', KEYS[2], (string.gsub(ARGV[2], 'AT', string.format('%.0f', now), 1)))
redis.call('LTRIM', KEYS[2], 0, tonumber(ARGV[3]) - 1)
return 1
`,
);

/** KEYS claims. ARGV nominal, holder. Ends the lease of a claim of one's own. */
const RELEASE = script(
  1,
  `
local claim = redis.call('HGET', KEYS[1], ARGV[1])
if claim and string.match(claim, '^(%S+)') == ARGV[2] then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' 0') end
return 1
`,
);

/** KEYS claims. ARGV holder, lease ms. Answers the times whose lease had ended; they are the holder's now. */
const TAKE_OVER = script(
  1,
  `${NOW}
local taken = {}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if tonumber(string.match(all[i + 1], '(%d+)$')) < now then
    redis.call('HSET', KEYS[1], all[i], ARGV[1] .. ' ' .. string.format('%.0f', now + tonumber(ARGV[2])))
    taken[#taken + 1] = all[i]
  end
end
return taken
`,
);

const record = z.object({
  nominal: z.number(),
  from: z.number(),
  end: z.enum(['ran', 'skipped']),
  reason: z.enum(['missed', 'too-late', 'paused']).optional(),
  at: z.number(),
  run: z.string().optional(),
});

export class RedisTickStore implements TickStore {
  readonly #deps: RedisTickStoreDeps;
  readonly #keys: RedisKeys;

  constructor(deps: RedisTickStoreDeps) {
    this.#deps = deps;
    this.#keys = redisKeys(deps.prefix);
  }

  async states(names: readonly string[]) {
    const pipeline = this.#deps.redis.pipeline().time();
    for (const name of names)
      pipeline.hmget(this.#keys.schedule(name, 'state'), 'cursor', 'rule', 'pause', 'pausedUntil');
    const answers = (await reply(pipeline.exec())) ?? [];
    const failed = answers.find(([error]) => error !== null)?.[0];
    if (failed) throw failed;
    const [time, ...states] = answers.map(([, answer]) => answer as (string | null)[]);
    const [seconds = 0, micros = 0] = (time ?? []).map(Number);
    const now = seconds * 1_000 + Math.floor(micros / 1_000);
    return { states: states.map((fields) => accountOf(fields, now)), now };
  }

  async open(name: string, { cursor, rule }: ScheduleState): Promise<ScheduleState> {
    const answer = await this.#run(OPEN, [this.#keys.schedule(name, 'state')], [cursor, rule]);
    return stateOf(answer as (string | null)[]) ?? { cursor, rule };
  }

  async pause(
    name: string,
    { cursor, rule }: ScheduleState,
    { by, why, length }: PauseOptions,
  ): Promise<void> {
    const args = [cursor, rule, length ?? 0, `{"since":AT,${JSON.stringify({ by, why }).slice(1)}`];
    await this.#run(PAUSE, [this.#keys.schedule(name, 'state')], args);
  }

  async resume(name: string): Promise<boolean> {
    const key = this.#keys.schedule(name, 'state');
    return (await reply(this.#deps.redis.hdel(key, 'pause', 'pausedUntil'))) > 0;
  }

  async advance(name: string, { from, to, fire, skipped, skippedRange }: CursorAdvance): Promise<boolean> {
    const { holder, leaseMs } = this.#deps;
    const range =
      skippedRange === undefined
        ? []
        : [recordText(skippedRange.to, { from: skippedRange.from, reason: 'missed' })];
    const records = skipped.map(({ nominal, reason }) => recordText(nominal, { reason }));
    const answer = await this.#run(
      ADVANCE,
      (['state', 'claims', 'ticks'] as const).map((part) => this.#keys.schedule(name, part)),
      [
        from.cursor,
        from.rule,
        to.cursor,
        to.rule,
        holder,
        leaseMs,
        TICKS_KEPT,
        fire.length,
        ...fire,
        ...range,
        ...records,
      ],
    );
    return answer === 1;
  }

  async ran(name: string, nominal: number, run: string | undefined): Promise<void> {
    await this.#run(
      RAN,
      (['claims', 'ticks'] as const).map((part) => this.#keys.schedule(name, part)),
      [nominal, recordText(nominal, run === undefined ? {} : { run }), TICKS_KEPT],
    );
  }

  async release(name: string, nominal: number): Promise<void> {
    await this.#run(RELEASE, [this.#keys.schedule(name, 'claims')], [nominal, this.#deps.holder]);
  }

  async takeOver(names: readonly string[]): Promise<readonly Tick[]> {
    const { holder, leaseMs } = this.#deps;
    const taken = await Promise.all(
      names.map(async (schedule) => {
        const nominals = await this.#run(
          TAKE_OVER,
          [this.#keys.schedule(schedule, 'claims')],
          [holder, leaseMs],
        );
        return (nominals as string[]).map((nominal) => ({ schedule, nominal: Number(nominal) }));
      }),
    );
    return taken.flat();
  }

  async history(name: string, limit: number): Promise<readonly TickRecord[]> {
    const texts = await reply(this.#deps.redis.lrange(this.#keys.schedule(name, 'ticks'), 0, limit - 1));
    return texts.map(readTick).filter((tick) => tick !== undefined);
  }

  #run(
    what: Parameters<typeof runScript>[1],
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    return reply(runScript(this.#deps.redis, what, keys, args));
  }
}

const pauseRecord = z.object({ by: z.string(), why: z.string(), since: z.number() });

function accountOf(
  [cursor, rule, pause, until]: readonly (string | null | undefined)[],
  now: number,
): ScheduleAccount | undefined {
  const state = stateOf([cursor ?? null, rule ?? null]);
  if (state === undefined) return undefined;
  if (pause === null || pause === undefined || Number(until) <= now) return { ...state, paused: undefined };
  const ends = Number(until) === FOR_EVER ? undefined : Number(until);
  return { ...state, paused: { ...readPause(pause), until: ends } };
}

/** Undefined for what is no record: one that cannot be read hides no other. */
export function readTick(text: string): TickRecord | undefined {
  const tick = recordFrom(record, text);
  return tick === undefined ? undefined : { ...tick, reason: tick.reason, run: tick.run };
}

/** A pause counts, whoever wrote it, and however. */
export function readPause(text: string): Omit<SchedulePause, 'until'> {
  return recordFrom(pauseRecord, text) ?? { by: 'somebody', why: '', since: 0 };
}

function stateOf([cursor, rule]: readonly (string | null)[]): ScheduleState | undefined {
  return cursor === null || cursor === undefined ? undefined : { cursor: Number(cursor), rule: rule ?? '' };
}

/** A record as it is stored; the script puts the server's time in place of AT. */
function recordText(
  nominal: number,
  {
    from = nominal,
    reason,
    run,
  }: { readonly from?: number; readonly reason?: string; readonly run?: string },
): string {
  const rest = { ...(reason === undefined ? {} : { reason }), ...(run === undefined ? {} : { run }) };
  const text = JSON.stringify({ nominal, from, end: reason === undefined ? 'ran' : 'skipped', ...rest });
  return `{"at":AT,${text.slice(1)}`;
}
