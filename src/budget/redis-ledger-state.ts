/** What the ledger's hashes say, read without a script: for people who look at it, and never to decide on a call. */

import type { Redis } from 'ioredis';
import { z } from 'zod';
import { BUDGET_USERS } from '../core/budget.ts';
import { HOUR_MS } from '../core/units.ts';
import type { LimitKind, LoweredLimit } from '../policy/limit.ts';
import type { RedisKeys } from '../redis/keys.ts';
import { recordFrom } from '../redis/record.ts';
import { byUser, sumCalls } from './call-counter.ts';
import {
  type BudgetHour,
  CALLS_APART,
  type CallTotals,
  countedApart,
  type LedgerState,
  type Limits,
  type Outage,
} from './ledger.ts';
import { limitsHeld, strictest } from './limits.ts';
import { FREELY_TO, START_MS, WINDOW_PARTS } from './redis-ledger-steps.ts';
import type { CountedCalls } from './window-use.ts';

/** The hashes of one origin; see `redis-ledger-scripts.ts`. */
export interface LedgerHashes {
  readonly ledger: Readonly<Record<string, string>>;
  readonly holders: readonly string[];
  /** Texts of limits, and until when each counts. */
  readonly limits: Readonly<Record<string, string>>;
  readonly calls: readonly string[];
  readonly windows: Readonly<Record<string, string>>;
  readonly used: Readonly<Record<string, string>>;
}

export async function ledgerHashes(redis: Redis, keys: RedisKeys, origin: string): Promise<LedgerHashes> {
  const [ledger, holders, limits, calls, windows, used] = await Promise.all([
    redis.hgetall(keys.ledger(origin)),
    redis.hvals(keys.holders(origin)),
    redis.hgetall(keys.limits(origin)),
    redis.hvals(keys.calls(origin)),
    redis.hgetall(keys.windows(origin)),
    redis.hgetall(keys.used(origin)),
  ]);
  return { ledger, holders, limits, calls, windows, used };
}

/** `own` are the limits that this process has configured; the others' only make them stricter. */
export function ledgerState(
  origin: string,
  hashes: LedgerHashes,
  own: Limits,
  now: number,
): Omit<LedgerState, 'windows'> {
  const live = liveHolders(hashes, now);
  const { pausedUntil: paused, reason, by } = hashes.ledger;
  const pausedUntil = Number(paused ?? 0);
  const isPaused = pausedUntil > now;
  const lowered = loweredIn(hashes);
  return {
    origin,
    inFlight: inFlightIn(hashes, now),
    processes: live.length,
    pausedUntil: isPaused ? pausedUntil : 0,
    pauseReason: isPaused ? (reason ?? '') : '',
    pausedBy: isPaused ? (by ?? '') : '',
    outage: outageIn(hashes),
    limits: limitsHeld(limitsConfigured(hashes, own, now), lowered),
    lowered: lowered && { since: lowered.since, cutAt: lowered.cutAt, reason: lowered.reason },
    quota: quotaIn(hashes, now),
    freely: freelyIn(hashes, now),
    counted: countedIn(hashes, now),
    calls: sumCalls(hashes.calls.flatMap((text) => totalsOf(text, now))),
    waiting: waitingIn(hashes, now),
    used: usedIn(hashes),
  };
}

type Holders = Pick<LedgerHashes, 'holders'>;

function liveHolders({ holders }: Holders, now: number): readonly number[][] {
  return holders.map(numbersOf).filter(([, expires = 0]) => expires >= now);
}

/** Permits in use, of all processes. */
export function inFlightIn(hashes: Holders, now: number): number {
  return liveHolders(hashes, now).reduce((sum, [inUse = 0]) => sum + inUse, 0);
}

/** Which limit was exceeded, as a signal: of several processes' the highest number counts. Version 0.1 knows 0 and 1. */
const THROTTLED: readonly (LimitKind | undefined)[] = [undefined, 'rate', 'concurrency'];

export function throttledNumber(kind: LimitKind | undefined): number {
  return THROTTLED.indexOf(kind);
}

export function throttledKind(signal: number): LimitKind | undefined {
  return THROTTLED[signal];
}

/** The totals as the script keeps them; empty before the first call. */
export function totalsText({ ok, throttled, failed, ms, by, apart }: CallTotals): string {
  if (ok + throttled + failed === 0) return '';
  const users = BUDGET_USERS.map((user) => by[user]);
  return [ok, throttled, failed, Math.round(ms), ...users, ...CALLS_APART.map((kind) => apart[kind])].join(
    ' ',
  );
}

/** The strictest of all live configurations. */
export function limitsConfigured({ limits }: Pick<LedgerHashes, 'limits'>, own: Limits, now: number): Limits {
  const others = Object.entries(limits)
    .filter(([, expires]) => Number(expires) >= now)
    .map(([text]) => {
      const [concurrency = 0, interval = 0] = numbersOf(text);
      return { concurrency, intervalMs: interval / 1_000 };
    });
  return strictest([own, ...others]);
}

/** What limits were lowered to, as `RedisLimitKeeper` wrote it; a rate of infinity is null in JSON. */
export function loweredIn({ ledger }: Pick<LedgerHashes, 'ledger'>): LoweredLimit | undefined {
  return ledger.lowered === undefined ? undefined : readLowered(ledger.lowered);
}

const limit = {
  rate: z
    .number()
    .nullable()
    .transform((rate) => rate ?? Number.POSITIVE_INFINITY),
  permits: z.number(),
};
const lowered = z.object({
  ...limit,
  top: z.object(limit),
  // Versions that did not search for limits wrote none.
  confirmed: z.boolean().default(true),
  ...{ age: z.number(), since: z.number(), cutAt: z.number(), at: z.number(), reason: z.string() },
});

/** Undefined of what no version wrote: then the limits are those that are configured. */
export function readLowered(text: string): LoweredLimit | undefined {
  return recordFrom(lowered, text);
}

function totalsOf(text: string, now: number): CallTotals[] {
  const numbers = numbersOf(text);
  const [ok = 0, throttled = 0, failed = 0, ms = 0] = numbers;
  const expires = numbers.at(-1) ?? 0;
  if (expires < now) return [];
  // Older processes do not say all of it: behind what they say is the time.
  const more = numbers.slice(4, -1);
  const by = byUser((user) => more[BUDGET_USERS.indexOf(user)] ?? 0);
  const apart = countedApart((kind) => more[BUDGET_USERS.length + CALLS_APART.indexOf(kind)] ?? 0);
  return [{ ok, throttled, failed, ms, by, apart }];
}

/** As the script that pauses wrote it: since when, and why. */
function outageIn({ ledger: { outage = '' } }: LedgerHashes): Outage | undefined {
  const [, since, reason] = /^(\d+) (.*)$/s.exec(outage) ?? [];
  return since === undefined || reason === undefined ? undefined : { since: Number(since), reason };
}

function quotaIn({ ledger }: LedgerHashes, now: number): LedgerState['quota'] {
  const [left = 0, resetAt = 0] = numbersOf(ledger.quota ?? '');
  return resetAt > now ? { left, resetAt } : undefined;
}

/** Down to a part of what there was, it is spent freely. */
function freelyIn({ ledger }: LedgerHashes, now: number): number {
  const [left = 0, resetAt = 0, , whole = left] = numbersOf(ledger.quota ?? '');
  return resetAt > now ? Math.max(0, Math.floor(left - whole * FREELY_TO)) : 0;
}

/** A call counts until its part has left the window as a whole, as the script reckons. */
function countedIn({ windows }: LedgerHashes, now: number): CountedCalls[] {
  return Object.entries(windows).flatMap(([field, calls]) => {
    const [perMs = 0, part = 0] = field.split(':').map(Number);
    const size = perMs / WINDOW_PARTS;
    const until = (part + WINDOW_PARTS + 1 + Math.ceil(START_MS / size)) * size - START_MS;
    return until > now ? [{ perMs, calls: Number(calls), until }] : [];
  });
}

function usedIn({ used }: LedgerHashes): BudgetHour[] {
  const hours = new Set(Object.keys(used).map((field) => Number(field.split(':')[0])));
  return [...hours]
    .sort((a, b) => a - b)
    .map((hour) => {
      const count = (what: string | number) => Number(used[`${hour}:${what}`] ?? 0);
      return {
        hour: hour * HOUR_MS,
        by: byUser((user) => count(BUDGET_USERS.indexOf(user) + 1)),
        ...{ throttled: count('throttled'), failed: count('failed') },
        ...{ apart: countedApart(count), ms: count('ms') },
      };
    });
}

/** Of each process `HOLDER LIVE UNTIL WANTED,WANTED...`, one after the other. */
function waitingIn({ ledger }: LedgerHashes, now: number): LedgerState['waiting'] {
  const words = (ledger.users ?? '').split(' ');
  const wants: number[][] = [];
  for (let i = 0; i + 3 < words.length; i += 4) {
    if (Number(words[i + 2]) > now) wants.push((words[i + 3] ?? '').split(',').map(Number));
  }
  return byUser((user) => wants.reduce((sum, of) => sum + (of[BUDGET_USERS.indexOf(user)] || 0), 0));
}

export function numbersOf(text: string): number[] {
  return text === '' ? [] : text.split(' ').map(Number);
}
