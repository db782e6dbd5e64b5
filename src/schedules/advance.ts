/** How a schedule moves on: what has passed as an advance of its cursor, and what a pause, or a run that goes on, makes of that. */
import { askerText } from '../core/asker.ts';
import type { SkipReason } from '../core/skip-reason.ts';
import {
  isTooLate,
  joinedByReason,
  PLAIN,
  passedTimes,
  type SkippedRange,
  type TickEnds,
  whilePaused,
} from '../policy/missed.ts';
import type { NominalTimes } from '../policy/nominal-times.ts';
import { settleOverlap } from '../policy/overlap.ts';
import { MOST_COUNTED, MOST_LISTED } from '../policy/recent-times.ts';
import { NO_WISHES, type TimedSchedule, timingOf, type Wishes } from '../policy/tick-rules.ts';
import { timesOfRule } from './rule.ts';
import type { ScheduleAccount } from './schedule-account.ts';
import type { ScheduleRequest } from './schedule-requests.ts';
import type { CursorAdvance, SkippedTick, SkippedTicks, TickStore } from './tick-store.ts';

/** A schedule, and where it stood when somebody last looked. */
export interface Standing {
  readonly schedule: TimedSchedule;
  readonly times: NominalTimes;
  /** Its rule as text, and as it is configured: what is stored may be another one. */
  readonly rule: string;
  readonly state: ScheduleAccount;
}

/** As whoever holds the account knows it: a pause that has begun since is noticed when something is to fire. */
export function isPausedAt({ paused }: ScheduleAccount, now: number): boolean {
  return paused !== undefined && (paused.until === undefined || paused.until > now);
}

/** What people want, by the last that is known of an account. */
export function wishesOf({
  asked,
  paused,
  lapsed,
}: Pick<ScheduleAccount, 'asked' | 'paused' | 'lapsed'>): Wishes {
  return { asked: new Set(asked.map(({ nominal }) => nominal)), pause: paused ?? lapsed };
}

/** Whether schedulers that started later go by another rule. */
export function standsAside({ state: { leader }, rule }: Pick<Standing, 'state' | 'rule'>): boolean {
  return leader !== undefined && leader.rule !== rule;
}

/** Until when the stored rule names the times: until now, or until another one took the lead. */
function untilOf({ rule, state }: Standing, now: number): number {
  return state.rule === rule ? now : (state.leader?.since ?? now);
}

/** What has passed of a schedule's times, and how each ends, but for the run that may go on. */
export function endsOf(standing: Standing, now: number): TickEnds {
  const { schedule, times, rule, state } = standing;
  const isChanged = state.rule !== rule;
  const named = isChanged ? timesOfRule(state.rule) : times;
  const timing = timingOf(schedule, named, wishesOf(state));
  // The old rule ends now: its last time does not wait for its jitter.
  const begins = isChanged ? { ...timing, beginsAt: PLAIN.beginsAt } : timing;
  const passed = passedTimes(named, state.cursor, untilOf(standing, now), schedule.rules, begins);
  return isPausedAt(state, now) ? whilePaused(passed) : passed;
}

/** Whether it matters that the run of an earlier time goes on. */
export function wantsToFire({ schedule, state }: Standing, { ticks }: TickEnds): boolean {
  if (schedule.rules.overlap === 'allow') return false;
  return state.waiting !== undefined || ticks.some(({ end }) => end === 'fire');
}

/** What is to be done about the times that have passed; undefined when there is nothing. `busy`: the run that goes on. */
export function moveOf(
  standing: Standing,
  ends: TickEnds,
  now: number,
  busy: string | undefined,
): CursorAdvance | undefined {
  const { state, rule, schedule } = standing;
  const isChanged = state.rule !== rule;
  const over = waitedTooLong(standing, now);
  const waiting = over === undefined ? state.waiting : undefined;
  const fire = ends.ticks.flatMap((tick) => (tick.end === 'fire' ? [tick.nominal] : []));
  const settled = settleOverlap({ policy: schedule.rules.overlap, busy: busy !== undefined, fire, waiting });
  if (!isChanged && ends.ticks.length === 0 && settled.waiting === state.waiting) return undefined;
  const skipped = [
    ...(over === undefined ? [] : [over]),
    ...settled.skipped.map((nominal) => ({ nominal, reason: 'overlap' as const })),
    ...ends.ticks.flatMap((tick) => (tick.end === 'skip' ? [tick] : [])),
  ];
  return {
    from: { cursor: state.cursor, rule: state.rule, waiting: state.waiting },
    to: {
      cursor: isChanged ? Math.max(state.cursor, untilOf(standing, now)) : ends.cursor,
      rule,
      waiting: settled.waiting,
    },
    fire: settled.fire,
    skipped: skipped.map(({ nominal, reason }) => {
      return { nominal, reason, note: noteOf(nominal, reason, state, busy) };
    }),
    skippedRanges: withNotes(ends.ranges, state),
  };
}

/** Why a time that waits for a run is not to fire any more; undefined while it may. */
function waitedTooLong(
  { schedule, times, state }: Standing,
  now: number,
): { readonly nominal: number; readonly reason: SkipReason } | undefined {
  const nominal = state.waiting;
  if (nominal === undefined) return undefined;
  const { deadlineOf, leftOut } = timingOf(schedule, times, NO_WISHES);
  const { latest } = schedule.rules;
  if (isPausedAt(state, now)) return { nominal, reason: 'paused' };
  if (leftOut(nominal, now) !== undefined) return { nominal, reason: 'excepted' };
  return isTooLate(nominal, now, latest, deadlineOf) ? { nominal, reason: 'too-late' } : undefined;
}

function noteOf(
  nominal: number,
  reason: SkipReason,
  account: ScheduleAccount,
  busy: string | undefined,
): string {
  if (reason === 'paused') return pauseNote(account);
  if (reason === 'overlap') return busy === undefined ? 'a newer time began' : `${busy} had not ended`;
  const skip = account.asked.find((each) => each.nominal === nominal);
  return reason === 'asked' && skip !== undefined ? askerText(skip) : '';
}

function pauseNote({ paused, lapsed }: ScheduleAccount): string {
  const pause = paused ?? lapsed;
  return pause === undefined ? '' : askerText(pause);
}

function withNotes(ranges: readonly SkippedRange[], account: ScheduleAccount): SkippedTicks[] {
  return ranges.map((range) => {
    if (range.reason === 'paused') return { ...range, note: pauseNote(account) };
    const note =
      range.count === undefined
        ? `more than ${MOST_COUNTED} times passed unseen, too many to look at each`
        : `more than ${MOST_LISTED} times passed unseen, of which the newest are listed`;
    return { ...range, note };
  });
}

/** What a move skips, for people: a thousand times that were missed together are one thing to say. */
export function skippedByReason({ skipped, skippedRanges }: CursorAdvance): readonly SkippedRange[] {
  const listed = skipped.map(({ nominal, reason }) => ({ from: nominal, to: nominal, reason, count: 1 }));
  return joinedByReason([...skippedRanges, ...listed]);
}

/** Nothing that passed during a pause is made up for. */
const NONE = { missed: 'skip', catchUp: 0, latest: 0 } as const;

/**
 * Ends a pause. What has passed until now, while no scheduler ran, ends as skipped: it was paused. Returns whether there was a
 * pause.
 */
export async function resume(store: TickStore, name: string, request: ScheduleRequest): Promise<boolean> {
  const { states, now } = await store.states([name]);
  const [account] = states;
  if (account?.paused === undefined) return store.resume(name, request);
  const passed = whilePaused(passedTimes(timesOfRule(account.rule), account.cursor, now, NONE));
  const { rule, waiting, paused } = account;
  const skipped = passed.ticks.flatMap((tick): SkippedTick[] =>
    tick.end === 'skip' ? [{ nominal: tick.nominal, reason: tick.reason, note: askerText(paused) }] : [],
  );
  const from = { cursor: account.cursor, rule, waiting };
  const to = { cursor: passed.cursor, rule, waiting };
  // A scheduler that moves the schedule meanwhile skips the same times.
  if (skipped.length > 0)
    await store.advance(name, {
      from,
      to,
      fire: [],
      skipped,
      skippedRanges: withNotes(passed.ranges, account),
    });
  return store.resume(name, request);
}
