/** How a schedule moves on: what has passed as an advance of its cursor, and what a pause makes of that. */
import { passedTimes, type TickEnds, whilePaused } from '../policy/missed.ts';
import { nominalTimes } from '../policy/nominal-times.ts';
import { ruleOf } from './rule.ts';
import type { CursorAdvance, ScheduleAccount, ScheduleState, TickStore } from './tick-store.ts';

export function advanceOf(
  from: ScheduleState,
  to: ScheduleState,
  { ticks, skippedRange }: TickEnds,
): CursorAdvance {
  return {
    ...{ from, to, skippedRange },
    fire: ticks.flatMap((tick) => (tick.end === 'fire' ? [tick.nominal] : [])),
    skipped: ticks.flatMap((tick) => (tick.end === 'skip' ? [tick] : [])),
  };
}

/** As whoever holds the account knows it: a pause that has begun since is noticed when something is to fire. */
export function isPausedAt({ paused }: ScheduleAccount, now: number): boolean {
  return paused !== undefined && (paused.until === undefined || paused.until > now);
}

/** Nothing that passed during a pause is made up for. */
const NONE = { missed: 'skip', catchUp: 0, latest: 0 } as const;

/**
 * Ends a pause. What has passed until now, while no scheduler ran, ends as skipped: it was paused. Returns whether there was a
 * pause.
 */
export async function resume(store: TickStore, name: string): Promise<boolean> {
  const { states, now } = await store.states([name]);
  const [account] = states;
  if (account?.paused === undefined) return store.resume(name);
  const passed = passedTimes(nominalTimes(ruleOf(account.rule)), account.cursor, now, NONE);
  const to = { cursor: passed.cursor, rule: account.rule };
  // A scheduler that moves the schedule meanwhile skips the same times.
  if (passed.ticks.length > 0) await store.advance(name, advanceOf(account, to, whilePaused(passed)));
  return store.resume(name);
}
