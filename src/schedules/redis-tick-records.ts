/** What the account of ticks keeps as text, written and read: another version, or a person, may have written it. */
import { z } from 'zod';
import { SKIP_REASONS } from '../core/skip-reason.ts';
import { recordFrom } from '../redis/record.ts';
import type {
  LeadingRule,
  ScheduleAccount,
  SchedulePause,
  ScheduleState,
  SkipRecord,
} from './schedule-account.ts';
import {
  INTERVENTIONS,
  type Intervention,
  type NotedIntervention,
  type PauseOptions,
} from './schedule-requests.ts';
import type { TickRecord } from './tick-store.ts';

/** A pause without an end ends then, in ms since the epoch: the largest number that Lua keeps whole. */
const FOR_EVER = Number.MAX_SAFE_INTEGER;

const record = z.object({
  nominal: z.number(),
  from: z.number(),
  count: z.number().optional(),
  end: z.enum(['ran', 'skipped']),
  reason: z.enum(SKIP_REASONS).optional(),
  note: z.string().default(''),
  at: z.number(),
  run: z.string().optional(),
  begins: z.number().optional(),
});

/** The fields of a schedule's state that `accountOf` reads, in its order. */
export const FIELDS = [
  ...['cursor', 'rule', 'waiting', 'pause', 'pausedUntil', 'leader', 'since'],
  ...['opened', 'requests', 'heard', 'skipped'],
];

const pauseRecord = z.object({ by: z.string(), why: z.string(), since: z.number() });
const askedRecord = z.object({ by: z.string().catch(''), why: z.string().catch('') });

export function accountOf(
  [cursor, rule, waiting, pause, until, leader, since, opened, requests, heard, skipped]: readonly (
    | string
    | null
    | undefined
  )[],
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
  const counts = { claimed, opened: Number(opened ?? 0), requests: Number(requests ?? 0) };
  const heardAt = heard === null || heard === undefined ? undefined : Number(heard);
  return {
    ...state,
    leader: leaderOf(leader, since),
    asked: skips,
    heardAt,
    skipped: skipped === null || skipped === undefined ? undefined : lastSkip(skipped),
    ...counts,
    ...pausesOf(pause, until, now),
  };
}

/** Nobody removes a pause that ends by itself: its times may not have been skipped yet. */
function pausesOf(
  pause: string | null | undefined,
  until: string | null | undefined,
  now: number,
): Pick<ScheduleAccount, 'paused' | 'lapsed'> {
  if (pause === null || pause === undefined) return { paused: undefined, lapsed: undefined };
  const ends = Number(until);
  if (ends <= now) return { paused: undefined, lapsed: { ...readPause(pause), until: ends } };
  return { paused: { ...readPause(pause), until: ends === FOR_EVER ? undefined : ends }, lapsed: undefined };
}

/** Undefined for what is no record: one that cannot be read hides no other. */
export function readTick(text: string): TickRecord | undefined {
  const tick = recordFrom(record, text);
  if (tick === undefined) return undefined;
  const { count = tick.from === tick.nominal ? 1 : undefined, begins = tick.nominal, reason, run } = tick;
  return { ...tick, count, begins, reason, run };
}

function lastSkip(text: string): SkipRecord | undefined {
  const tick = readTick(text);
  if (tick?.reason === undefined) return undefined;
  const { nominal, from, count, reason, note, at } = tick;
  return { nominal, from, count, reason, note, at };
}

/** A pause counts, whoever wrote it, and however. */
export function readPause(text: string): Omit<SchedulePause, 'until'> {
  return recordFrom(pauseRecord, text) ?? { by: 'somebody', why: '', since: 0 };
}

export function stateOf([cursor, rule, waiting]: readonly (string | null | undefined)[]):
  | ScheduleState
  | undefined {
  if (cursor === null || cursor === undefined) return undefined;
  const waits = waiting === null || waiting === undefined ? undefined : Number(waiting);
  return { cursor: Number(cursor), rule: rule ?? '', waiting: waits };
}

export function leaderOf(
  rule: string | null | undefined,
  since: string | null | undefined,
): LeadingRule | undefined {
  return rule === null || rule === undefined ? undefined : { rule, since: Number(since) };
}

interface HowItEnded {
  readonly from?: number;
  readonly count?: number | undefined;
  readonly reason?: string;
  readonly note?: string;
  readonly run?: string | undefined;
  readonly begins?: number;
}

/** A record as it is stored; the script puts the server's time in place of AT. */
export function recordText(
  nominal: number,
  { from = nominal, count, reason, note = '', run, begins = nominal }: HowItEnded,
): string {
  const rest = {
    ...(count === undefined ? {} : { count }),
    ...(reason === undefined ? {} : { reason }),
    ...(note === '' ? {} : { note }),
    ...(run === undefined ? {} : { run }),
    ...(begins === nominal ? {} : { begins }),
  };
  const text = JSON.stringify({ nominal, from, end: reason === undefined ? 'ran' : 'skipped', ...rest });
  return `{"at":AT,${text.slice(1)}`;
}

const interventionRecord = z.object({
  kind: z.enum(INTERVENTIONS),
  id: z.string(),
  by: z.string().catch(''),
  why: z.string().catch(''),
  nominal: z.number().optional(),
  length: z.number().optional(),
  until: z.number().optional(),
  run: z.string().optional(),
});

export function interventionText(intervention: Intervention): string {
  const { kind, id, by, why, nominal, length, until, run } = intervention;
  return JSON.stringify({ kind, id, by, why, nominal, length, until, run });
}

/** Undefined for what is no record, such as one of a kind that a later version knows. */
export function readIntervention([text, at]: readonly [text: string, at: number]):
  | NotedIntervention
  | undefined {
  const intervention = recordFrom(interventionRecord, text);
  return intervention === undefined ? undefined : { ...intervention, at };
}

/** Of `since rule`. */
export function readRule(text: string): LeadingRule {
  const at = text.indexOf(' ');
  return { rule: text.slice(at + 1), since: Number(text.slice(0, Math.max(0, at))) || 0 };
}

/** As the script takes it: when a pause ends, or `+` and how long it is. */
export function pauseEnd(end: PauseOptions['end']): string {
  if (end === undefined) return `${FOR_EVER}`;
  return 'until' in end ? `${end.until}` : `+${end.length}`;
}

/** Until when, and the rest as JSON; both empty for none. */
export function pauseParts(paused: SchedulePause | undefined): readonly [until: string, pause: string] {
  if (paused === undefined) return ['', ''];
  const { by, why, since, until = FOR_EVER } = paused;
  return [`${until}`, JSON.stringify({ since, by, why })];
}
