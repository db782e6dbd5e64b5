/**
 * The account of ticks on the jobs Redis. The keys of a schedule share a hash tag: a hash `state` {cursor, rule, waiting, pause,
 * pausedUntil; leader, since, generation, generations, heard}, a hash `claims` {nominal: "holder leaseEndsMs"}, a hash `asked` {nominal: {by, why}} of times that are to be left
 * out, and a list `ticks` of records, the newest first. Leases go by the server's clock.
 */

import type { Redis } from 'ioredis';
import { z } from 'zod';
import { SKIP_REASONS } from '../policy/missed.ts';
import { type RedisKeys, redisKeys } from '../redis/keys.ts';
import { recordFrom } from '../redis/record.ts';
import { reply } from '../redis/reply.ts';
import { runScript } from '../redis/script.ts';
import { ADVANCE, ENLIST, OPEN, PAUSE, RAN, RELEASE, TAKE_OVER } from './redis-tick-store-scripts.ts';
import type { Tick } from './tick.ts';
import type {
  CursorAdvance,
  LeadingRule,
  PauseOptions,
  RuleStanding,
  ScheduleAccount,
  SchedulePause,
  ScheduleState,
  TickRecord,
  TickRequest,
  TickStore,
} from './tick-store.ts';

export interface RedisTickStoreDeps {
  /** The jobs Redis. */
  readonly redis: Redis;
  readonly prefix: string;
  /** Names this process among those that claim. */
  readonly holder: string;
  /** How long a process may take to enqueue a tick before another one takes it over, in ms. */
  readonly leaseMs: number;
  /** How many records of a schedule are kept. */
  readonly kept: number;
}

/** Schedulers whose rule leads are taken to be gone when they have been silent for so many leases. */
const SILENT_LEASES = 6;

/** A pause without an end ends then, in ms since the epoch: the largest number that Lua keeps whole. */
const FOR_EVER = Number.MAX_SAFE_INTEGER;

const record = z.object({
  nominal: z.number(),
  from: z.number(),
  end: z.enum(['ran', 'skipped']),
  reason: z.enum(SKIP_REASONS).optional(),
  note: z.string().default(''),
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
    for (const name of names) {
      pipeline.hmget(this.#keys.schedule(name, 'state'), ...FIELDS);
      pipeline.hgetall(this.#keys.schedule(name, 'asked'));
      pipeline.hlen(this.#keys.schedule(name, 'claims'));
    }
    const answers = (await reply(pipeline.exec())) ?? [];
    const failed = answers.find(([error]) => error !== null)?.[0];
    if (failed) throw failed;
    const [time, ...found] = answers.map(([, answer]) => answer);
    // What the commands of the pipeline return, in its order.
    const [seconds = 0, micros = 0] = (time as string[]).map(Number);
    const now = seconds * 1_000 + Math.floor(micros / 1_000);
    const states = names.map((_, i) => {
      const [fields, asked, claimed] = found.slice(3 * i, 3 * i + 3) as [
        (string | null)[],
        Record<string, string>,
        number,
      ];
      return accountOf(fields, asked, claimed, now);
    });
    return { states, now };
  }

  async open(name: string, state: ScheduleState): Promise<ScheduleState> {
    const answer = await this.#run(OPEN, [this.#keys.schedule(name, 'state')], [state.cursor, state.rule]);
    return stateOf(answer as (string | null)[]) ?? state;
  }

  async enlist(name: string, state: ScheduleState, generation: number): Promise<RuleStanding> {
    const { cursor, rule } = state;
    const args = [cursor, rule, generation, SILENT_LEASES * this.#deps.leaseMs];
    const [mine, fields] = (await this.#run(ENLIST, [this.#keys.schedule(name, 'state')], args)) as [
      number,
      (string | null)[],
    ];
    const leader = leaderOf(fields[3], fields[4]) ?? { rule, since: cursor };
    return { state: stateOf(fields) ?? state, leader, generation: mine };
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

  async ask(name: string, { nominal, by, why }: TickRequest, undo: boolean): Promise<void> {
    const key = this.#keys.schedule(name, 'asked');
    const { redis } = this.#deps;
    await reply(
      undo ? redis.hdel(key, `${nominal}`) : redis.hset(key, `${nominal}`, JSON.stringify({ by, why })),
    );
  }

  async advance(name: string, { from, to, fire, skipped, skippedRange }: CursorAdvance): Promise<boolean> {
    const { holder, leaseMs, kept } = this.#deps;
    const range =
      skippedRange === undefined
        ? []
        : [recordText(skippedRange.to, { from: skippedRange.from, reason: 'missed' })];
    const records = skipped.map(({ nominal, ...how }) => recordText(nominal, how));
    const asked = skipped.filter(({ reason }) => reason === 'asked').map(({ nominal }) => nominal);
    const answer = await this.#run(ADVANCE, this.#partsOf(name, ['state', 'claims', 'ticks', 'asked']), [
      ...[from, to].flatMap(({ cursor, rule, waiting }) => [cursor, rule, waiting ?? '']),
      ...[holder, leaseMs, kept, fire.length, asked.length],
      ...[...fire, ...asked, ...range, ...records],
    ]);
    return answer === 1;
  }

  async ran(name: string, nominal: number, run: string | undefined): Promise<void> {
    const record = recordText(nominal, run === undefined ? {} : { run });
    await this.#run(RAN, this.#partsOf(name, ['claims', 'ticks']), [nominal, record, this.#deps.kept]);
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

  #partsOf(name: string, parts: readonly Parameters<RedisKeys['schedule']>[1][]): string[] {
    return parts.map((part) => this.#keys.schedule(name, part));
  }

  #run(
    what: Parameters<typeof runScript>[1],
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    return reply(runScript(this.#deps.redis, what, keys, args));
  }
}

const FIELDS = ['cursor', 'rule', 'waiting', 'pause', 'pausedUntil', 'leader', 'since'];

const pauseRecord = z.object({ by: z.string(), why: z.string(), since: z.number() });
const askedRecord = z.object({ by: z.string().catch(''), why: z.string().catch('') });

function accountOf(
  [cursor, rule, waiting, pause, until, leader, since]: readonly (string | null | undefined)[],
  asked: Readonly<Record<string, string>>,
  claimed: number,
  now: number,
): ScheduleAccount | undefined {
  const state = stateOf([cursor ?? null, rule ?? null, waiting ?? null]);
  if (state === undefined) return undefined;
  const skips = Object.entries(asked)
    .map(([nominal, text]) => ({
      nominal: Number(nominal),
      ...(recordFrom(askedRecord, text) ?? { by: 'somebody', why: '' }),
    }))
    .sort((a, b) => a.nominal - b.nominal);
  const known = { ...state, leader: leaderOf(leader, since), asked: skips, claimed };
  if (pause === null || pause === undefined || Number(until) <= now) return { ...known, paused: undefined };
  const ends = Number(until) === FOR_EVER ? undefined : Number(until);
  return { ...known, paused: { ...readPause(pause), until: ends } };
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

function stateOf([cursor, rule, waiting]: readonly (string | null | undefined)[]): ScheduleState | undefined {
  if (cursor === null || cursor === undefined) return undefined;
  const waits = waiting === null || waiting === undefined ? undefined : Number(waiting);
  return { cursor: Number(cursor), rule: rule ?? '', waiting: waits };
}

function leaderOf(
  rule: string | null | undefined,
  since: string | null | undefined,
): LeadingRule | undefined {
  return rule === null || rule === undefined ? undefined : { rule, since: Number(since) };
}

interface HowItEnded {
  readonly from?: number;
  readonly reason?: string;
  readonly note?: string;
  readonly run?: string;
}

/** A record as it is stored; the script puts the server's time in place of AT. */
function recordText(nominal: number, { from = nominal, reason, note = '', run }: HowItEnded): string {
  const rest = {
    ...(reason === undefined ? {} : { reason }),
    ...(note === '' ? {} : { note }),
    ...(run === undefined ? {} : { run }),
  };
  const text = JSON.stringify({ nominal, from, end: reason === undefined ? 'ran' : 'skipped', ...rest });
  return `{"at":AT,${text.slice(1)}`;
}
