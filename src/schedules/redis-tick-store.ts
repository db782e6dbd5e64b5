/**
 * The account of ticks on the jobs Redis. The keys of a schedule share a hash tag: a hash `state` {cursor, rule, waiting, pause,
 * pausedUntil; opened, requests; leader, since, generation, generations, heard}, a hash `claims` {nominal: "holder leaseEndsMs"}, a hash `asked` {nominal: {by, why}} of times that are to be left
 * out, a list `ticks` of records, the newest first, a sorted set `by-hand` of what people did, by when, and a
 * list of the `rules` that led, the oldest first. Leases go by the server's clock.
 */

import type { Redis } from 'ioredis';
import { type RedisKeys, redisKeys } from '../redis/keys.ts';
import { reply } from '../redis/reply.ts';
import { runScript } from '../redis/script.ts';
import {
  accountOf,
  FIELDS,
  interventionText,
  leaderOf,
  pauseEnd,
  pauseParts,
  readIntervention,
  readRule,
  readTick,
  recordText,
  stateOf,
} from './redis-tick-records.ts';
import {
  ADVANCE,
  ASK,
  ENLIST,
  NOTE,
  OPEN,
  PAUSE,
  RAN,
  RELEASE,
  RESTORE,
  RESUME,
  TAKE_OVER,
} from './redis-tick-store-scripts.ts';
import type { LeadingRule, ScheduleAccount, ScheduleState, TickRequest } from './schedule-account.ts';
import type { Intervention, NotedIntervention, PauseOptions, ScheduleRequest } from './schedule-requests.ts';
import type { Tick } from './tick.ts';
import type { CursorAdvance, RuleStanding, TickRecord, TickStore } from './tick-store.ts';

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

/** So many rules of a schedule are remembered: back-fills of longer ago go by the oldest of them. */
const RULES_KEPT = 100;
/** Schedulers whose rule leads are taken to be gone when they have been silent for so many leases. */
const SILENT_LEASES = 6;

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
    const args = [cursor, rule, generation, SILENT_LEASES * this.#deps.leaseMs, RULES_KEPT];
    const [mine, fields] = (await this.#run(ENLIST, this.#partsOf(name, ['state', 'rules']), args)) as [
      number,
      (string | null)[],
    ];
    const leader = leaderOf(fields[3], fields[4]) ?? { rule, since: cursor };
    return { state: stateOf(fields) ?? state, leader, generation: mine };
  }

  async pause(
    name: string,
    { cursor, rule }: ScheduleState,
    { by, why, end, id }: PauseOptions,
  ): Promise<void> {
    const pause = `{"since":AT,${JSON.stringify({ by, why }).slice(1)}`;
    const record = interventionText({ kind: 'paused', id, by, why, ...end });
    const args = [cursor, rule, pauseEnd(end), pause, this.#deps.kept, record];
    await this.#run(PAUSE, this.#partsOf(name, ['state', 'by-hand']), args);
  }

  async resume(name: string, request: ScheduleRequest): Promise<boolean> {
    const args = [this.#deps.kept, interventionText({ kind: 'resumed', ...request })];
    return (await this.#run(RESUME, this.#partsOf(name, ['state', 'by-hand']), args)) === 1;
  }

  async ask(
    name: string,
    { nominal, by, why, id }: TickRequest & ScheduleRequest,
    undo: boolean,
  ): Promise<void> {
    const record = interventionText({ kind: undo ? 'let-fire' : 'left-out', id, by, why, nominal });
    const args = [this.#deps.kept, record, nominal, undo ? '' : JSON.stringify({ by, why })];
    await this.#run(ASK, this.#partsOf(name, ['state', 'by-hand', 'asked']), args);
  }

  async note(name: string, interventions: readonly Intervention[]): Promise<void> {
    if (interventions.length === 0) return;
    const args = [this.#deps.kept, ...interventions.map(interventionText)];
    await this.#run(NOTE, this.#partsOf(name, ['by-hand']), args);
  }

  async interventions(name: string, limit: number): Promise<readonly NotedIntervention[]> {
    const key = this.#keys.schedule(name, 'by-hand');
    return pairs(await reply(this.#deps.redis.zrevrange(key, 0, limit - 1, 'WITHSCORES')))
      .map(readIntervention)
      .filter((intervention) => intervention !== undefined);
  }

  async restore(name: string, known: ScheduleAccount): Promise<boolean> {
    const { cursor, rule, opened, requests, paused, asked } = known;
    const why = 'the jobs Redis had lost what people wanted';
    const record = interventionText({ kind: 'restored', id: `restored-${requests}`, by: 'a scheduler', why });
    const left = asked
      .filter(({ nominal }) => nominal > cursor)
      .flatMap(({ nominal, by, why }) => [nominal, JSON.stringify({ by, why })]);
    const args = [cursor, rule, opened, requests, ...pauseParts(paused), this.#deps.kept, record, ...left];
    return (await this.#run(RESTORE, this.#partsOf(name, ['state', 'by-hand', 'asked']), args)) === 1;
  }

  async rules(name: string): Promise<readonly LeadingRule[]> {
    return (await reply(this.#deps.redis.lrange(this.#keys.schedule(name, 'rules'), 0, -1))).map(readRule);
  }

  async advance(name: string, { from, to, fire, skipped, skippedRanges }: CursorAdvance): Promise<boolean> {
    const { holder, leaseMs, kept } = this.#deps;
    const ranges = skippedRanges.map(({ to: last, ...how }) => recordText(last, how));
    const records = skipped.map(({ nominal, ...how }) => recordText(nominal, how));
    const answer = await this.#run(ADVANCE, this.#partsOf(name, ['state', 'claims', 'ticks', 'asked']), [
      ...[from, to].flatMap(({ cursor, rule, waiting }) => [cursor, rule, waiting ?? '']),
      ...[holder, leaseMs, kept, fire.length],
      ...[...fire, ...ranges, ...records],
    ]);
    return answer === 1;
  }

  async ran(name: string, nominal: number, ended: Pick<TickRecord, 'run' | 'begins'>): Promise<void> {
    const record = recordText(nominal, ended);
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

/** What the server sends for members with their scores. */
function pairs(texts: readonly string[]): (readonly [text: string, score: number])[] {
  return texts.flatMap((text, i) => (i % 2 === 0 ? [[text, Number(texts[i + 1])] as const] : []));
}
