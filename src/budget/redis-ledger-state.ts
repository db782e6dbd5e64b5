/** What the ledger's hashes say, read without a script: for people who look at it, and never to decide on a call. */

import { sumCalls } from './call-counter.ts';
import type { CallTotals, LedgerState, Limits } from './ledger.ts';

/** The hashes of one origin; see `redis-ledger-scripts.ts`. */
export interface LedgerHashes {
  readonly holders: readonly string[];
  /** Texts of limits, and until when each counts. */
  readonly limits: Readonly<Record<string, string>>;
  readonly calls: readonly string[];
  readonly pausedUntil: string | null | undefined;
  readonly reason: string | null | undefined;
  readonly by: string | null | undefined;
}

/** `own` are the limits that this process has configured; the others' only make them stricter. */
export function ledgerState(origin: string, hashes: LedgerHashes, own: Limits, now: number): LedgerState {
  const live = hashes.holders.map(numbersOf).filter(([, expires = 0]) => expires >= now);
  const pausedUntil = Number(hashes.pausedUntil ?? 0);
  const isPaused = pausedUntil > now;
  return {
    origin,
    inFlight: live.reduce((sum, [inUse = 0]) => sum + inUse, 0),
    processes: live.length,
    pausedUntil: isPaused ? pausedUntil : 0,
    pauseReason: isPaused ? (hashes.reason ?? '') : '',
    pausedBy: isPaused ? (hashes.by ?? '') : '',
    limits: strictest([own, ...limitsOf(hashes.limits, now)]),
    calls: sumCalls(hashes.calls.flatMap((text) => totalsOf(text, now))),
  };
}

/** The totals as the script keeps them; empty before the first call. */
export function totalsText({ ok, throttled, failed, ms }: CallTotals): string {
  return ok + throttled + failed === 0 ? '' : [ok, throttled, failed, Math.round(ms)].join(' ');
}

function totalsOf(text: string, now: number): CallTotals[] {
  const [ok = 0, throttled = 0, failed = 0, ms = 0, expires = 0] = numbersOf(text);
  return expires >= now ? [{ ok, throttled, failed, ms }] : [];
}

function limitsOf(limits: Readonly<Record<string, string>>, now: number): Limits[] {
  return Object.entries(limits)
    .filter(([, expires]) => Number(expires) >= now)
    .map(([text]) => {
      const [concurrency = 0, interval = 0] = numbersOf(text);
      return { concurrency, intervalMs: interval / 1_000 };
    });
}

function strictest(all: readonly Limits[]): Limits {
  return {
    concurrency: Math.min(...all.map(({ concurrency }) => concurrency)),
    intervalMs: Math.max(...all.map(({ intervalMs }) => intervalMs)),
  };
}

function numbersOf(text: string): number[] {
  return text.split(' ').map(Number);
}
