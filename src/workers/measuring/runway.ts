/** What an origin's limits allow in a time to come. */
import type { LedgerState } from '../../budget/ledger.ts';
import type { Budget } from '../../core/budget.ts';

/** How far ahead is looked, as the label says it, and in ms. */
export const AHEADS = [
  ['1m', 60_000],
  ['5m', 300_000],
  ['15m', 900_000],
] as const;

/**
 * How many calls may begin within `ms` from `now`: the least that the rate, the places for calls at the same time, the longer windows,
 * a pause and the origin's own word allow. Undefined when nothing limits them, as far as is known: places do when it is known how long
 * calls take.
 */
export function affordableCalls(
  { limits, calls, quota, pausedUntil }: Pick<LedgerState, 'limits' | 'calls' | 'quota' | 'pausedUntil'>,
  { windows = [] }: Pick<Budget, 'windows'>,
  ms: number,
  now: number,
): number | undefined {
  const open = Math.max(0, ms - Math.max(0, pausedUntil - now));
  const made = calls.ok + calls.throttled + calls.failed;
  const bounds = [
    ...(limits.intervalMs === 0 ? [] : [open / limits.intervalMs]),
    ...(calls.ms === 0 ? [] : [(limits.concurrency * open * made) / calls.ms]),
    ...windows.map(({ calls: most, perMs }) => most * Math.ceil(open / perMs)),
    ...(quota === undefined || quota.resetAt < now + ms ? [] : [quota.left]),
    ...(open === 0 ? [0] : []),
  ];
  return bounds.length === 0 ? undefined : Math.floor(Math.min(...bounds));
}
