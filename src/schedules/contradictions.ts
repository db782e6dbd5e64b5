/** What contradicts itself in a schedule: refused, since one of two wishes would be ignored in silence. */
import { formatDuration } from '../core/units.ts';
import { isTimezone } from '../policy/local-time.ts';
import { cronProblem, nominalTimes, SHORTEST_EVERY_MS } from '../policy/nominal-times.ts';
import { deadlineText, type RunDeadline } from '../policy/run-deadline.ts';
import { type DeadlineRoom, deadlineRoom } from './deadline-room.ts';
import { timeRuleOf, type WrittenRule } from './written-rule.ts';

export interface ScheduleWishes extends WrittenRule {
  readonly force: boolean;
  readonly missing: boolean;
  readonly missed: string;
  readonly catchUp: number;
  readonly latest: number;
  readonly overlap: string;
  readonly jitter: number;
  readonly deadline: RunDeadline;
}

/** The option that a message is about, empty for the schedule as a whole, and the message. */
export type Contradiction = readonly [option: string, message: string];

export function contradictions(wishes: ScheduleWishes): Contradiction[] {
  const times = ofTimes(wishes);
  const room = times.length > 0 ? undefined : roomOf(wishes);
  return [...times, ...ofMissed(wishes, room), ...ofJitter(wishes, room)];
}

/** Undefined where no run has a deadline. By the clock on the wall: no change of the clocks makes a contradiction. */
function roomOf({ deadline, ...rule }: ScheduleWishes): DeadlineRoom | undefined {
  const { cron, timezone } = rule;
  // What is wrong with a time zone is said of it.
  if (!isTimezone(timezone)) return undefined;
  if (cron === undefined) return deadlineRoom(deadline, nominalTimes(timeRuleOf(rule)), timezone);
  const times = cronProblem(cron) === undefined ? nominalTimes({ cron, timezone: 'UTC' }) : undefined;
  return deadlineRoom(deadline, times, 'UTC');
}

function ofTimes({ cron, every, at }: ScheduleWishes): Contradiction[] {
  const given = Object.entries({ cron, every, at }).filter(([, value]) => value !== undefined);
  const [, second] = given.map(([name]) => name);
  if (given.length === 0) return [['', 'says not when it fires: write `cron`, `every` or `at`']];
  if (second !== undefined)
    return [[second, 'cannot stand beside the others: a schedule has one of `cron`, `every` and `at`']];
  if (every !== undefined && every < SHORTEST_EVERY_MS) return [['every', 'must be at least 1s']];
  return [];
}

function ofMissed(
  { force, missing, missed, catchUp, overlap, latest, deadline }: ScheduleWishes,
  room: DeadlineRoom | undefined,
): Contradiction[] {
  const found: Contradiction[] = [];
  if (force && missing)
    found.push([
      'missing',
      'cannot stand beside `force`: what has a value is either fetched again or left alone',
    ]);
  if (missed === 'all' && catchUp === 0)
    found.push(['catchUp', 'must be above 0 where `missed` is `all`: nothing would be made up for']);
  if (missed === 'all' && overlap !== 'allow')
    found.push([
      'overlap',
      `cannot be \`${overlap}\` where \`missed\` is \`all\`: of times that are made up for together only one would run; write \`overlap: allow\`, or \`missed: once\``,
    ]);
  if (room !== undefined && latest > room.longest)
    found.push([
      'latest',
      `cannot be longer than \`deadline\`${distance(deadline, room.longest, 'most')}: a run that begins after its deadline warms nothing`,
    ]);
  return found;
}

function ofJitter(
  { cron, every, jitter, latest, deadline }: ScheduleWishes,
  room: DeadlineRoom | undefined,
): Contradiction[] {
  if (jitter === 0) return [];
  const found: Contradiction[] = [];
  const shortest = every ?? (cron === undefined ? undefined : shortestGap(cron));
  if (shortest !== undefined && jitter >= shortest)
    found.push([
      'jitter',
      `must be shorter than the time between two ticks, which is ${formatDuration(shortest)} at the least`,
    ]);
  if (latest > 0 && latest <= jitter)
    found.push([
      'latest',
      `must be longer than \`jitter\` (${formatDuration(jitter)}): a tick that begins late by intention would be skipped`,
    ]);
  if (room !== undefined && room.shortest <= jitter)
    found.push([
      'deadline',
      `must be longer than \`jitter\` (${formatDuration(jitter)})${distance(deadline, room.shortest, 'least')}: a tick could begin after it`,
    ]);
  return found;
}

/** Of a time of day nobody sees how far it is. */
function distance(deadline: RunDeadline, ms: number, bound: 'least' | 'most'): string {
  if ('after' in deadline) return '';
  return `, and ${deadlineText(deadline)} is ${formatDuration(ms)} after a time of the schedule at the ${bound}`;
}

/** Any time will do: a rule names its times the same way in each year. */
const ANY_TIME = Date.UTC(2024, 0, 1);
const TIMES_LOOKED_AT = 200;

/** Between two times of an expression, in ms; undefined when it is wrong, or names one time only. */
function shortestGap(cron: string): number | undefined {
  if (cronProblem(cron) !== undefined) return undefined;
  const { next } = nominalTimes({ cron, timezone: 'UTC' });
  let shortest = Number.POSITIVE_INFINITY;
  let last = next(ANY_TIME);
  for (let i = 0; i < TIMES_LOOKED_AT && last !== undefined; i += 1) {
    const following = next(last);
    if (following !== undefined) shortest = Math.min(shortest, following - last);
    last = following;
  }
  return Number.isFinite(shortest) ? shortest : undefined;
}
