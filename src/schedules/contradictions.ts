/** What contradicts itself in a schedule: refused, since one of two wishes would be ignored in silence. */
import { formatDuration } from '../core/units.ts';
import { gapsOf } from '../policy/gaps.ts';
import { isTimezone } from '../policy/local-time.ts';
import { ON_TIME_MS } from '../policy/missed.ts';
import {
  ANY_TIME,
  cronProblem,
  type NominalTimes,
  nominalTimes,
  SHORTEST_EVERY_MS,
} from '../policy/nominal-times.ts';
import { deadlineText, type RunDeadline } from '../policy/run-deadline.ts';
import { type DeadlineRoom, deadlineRoom } from './deadline-room.ts';
import { timeRuleOf, type WrittenRule } from './written-rule.ts';

export interface ScheduleWishes extends WrittenRule {
  readonly force: boolean;
  readonly missing: boolean;
  readonly missed: string;
  /** Undefined where it is not set. */
  readonly catchUp?: number | undefined;
  readonly latest: number;
  readonly overlap: string;
  readonly jitter: number;
  readonly deadline: RunDeadline;
}

/** The option that a message is about, empty for the schedule as a whole, and the message. */
export type Contradiction = readonly [option: string, message: string];

export function contradictions(wishes: ScheduleWishes): Contradiction[] {
  const ofRule = ofTimes(wishes);
  const times = ofRule.length > 0 ? undefined : wallTimes(wishes);
  const { cron, timezone, deadline } = wishes;
  const facts = {
    room: times && deadlineRoom(deadline, times, cron === undefined ? timezone : 'UTC'),
    gap: times && gapsOf(times, ANY_TIME)?.shortest,
  };
  return [...ofRule, ...ofMissed(wishes, facts), ...ofJitter(wishes, facts)];
}

/** Undefined where there is nothing to know. */
interface Facts {
  readonly room: DeadlineRoom | undefined;
  /** The shortest time between two ticks, in ms. */
  readonly gap: number | undefined;
}

/** By the clock on the wall: no change of the clocks makes a contradiction. Undefined where what names the times is wrong. */
function wallTimes(wishes: ScheduleWishes): NominalTimes | undefined {
  const { cron, timezone } = wishes;
  // What is wrong with a time zone is said of it.
  if (!isTimezone(timezone)) return undefined;
  if (cron === undefined) return nominalTimes(timeRuleOf(wishes));
  return cronProblem(cron) === undefined ? nominalTimes({ cron, timezone: 'UTC' }) : undefined;
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
  { room, gap }: Facts,
): Contradiction[] {
  const found: Contradiction[] = [];
  if (force && missing)
    found.push([
      'missing',
      'cannot stand beside `force`: what has a value is either fetched again or left alone',
    ]);
  if (missed === 'all' && catchUp === 0)
    found.push(['catchUp', 'must be above 0 where `missed` is `all`: nothing would be made up for']);
  if (missed === 'skip' && catchUp !== undefined)
    found.push([
      'catchUp',
      'cannot stand beside `missed: skip`, which makes up for nothing; leave it out, or write `missed: once`',
    ]);
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
  const ofUse = latest > 0 ? Math.min(latest, room?.longest ?? latest) : room?.longest;
  if (missed === 'all' && ofUse !== undefined && ofUse <= Math.min(ON_TIME_MS, gap ?? ON_TIME_MS))
    found.push([
      latest > 0 && latest === ofUse ? 'latest' : 'deadline',
      'leaves no time for what `missed: all` makes up for: each of these ticks would be too late',
    ]);
  return found;
}

function ofJitter({ jitter, latest, deadline }: ScheduleWishes, { room, gap }: Facts): Contradiction[] {
  if (jitter === 0) return [];
  const found: Contradiction[] = [];
  if (gap !== undefined && jitter >= gap)
    found.push([
      'jitter',
      `must be shorter than the time between two ticks, which is ${formatDuration(gap)} at the least`,
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
