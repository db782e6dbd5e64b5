/** The coming times of a schedule as people read them: by the same function that fires, with what the clocks do to them. */
import { roundDuration } from '../core/units.ts';
import { type Gap, gapText, lossesOf } from './gap-times.ts';
import { type ClockChange, clockChangeAt, localText, offsetsOf } from './local-time.ts';
import { movedTimesOf } from './moved-times.ts';
import { nominalTimes, type TimeRule } from './nominal-times.ts';

export interface TimePreview {
  /** ISO 8601, in UTC. */
  readonly at: string;
  /** What a clock in the schedule's zone shows, with its distance from UTC. */
  readonly local: string;
  /** What a clock change does to this time, or to those before it, and how much later it begins; null where there is nothing to say. */
  readonly note: string | null;
}

/** Which of its times a schedule fires at, and when; by default at all of them, at once. */
export interface Firing {
  readonly next: (after: number) => number | undefined;
  readonly beginsAt: (nominal: number) => number;
}

/** The next `count` times after `from` (ms since the epoch). */
export function preview(
  rule: TimeRule,
  from: number,
  count: number,
  { next: nextOf, beginsAt }: Firing = { next: nominalTimes(rule).next, beginsAt: (nominal) => nominal },
): TimePreview[] {
  const offsetAt = offsetsOf(rule.timezone);
  const movedTo = movedTimesOf(rule);
  const lossIn = lossesOf(rule);
  const shown: TimePreview[] = [];
  let at = from;
  while (shown.length < count) {
    const next = nextOf(at);
    if (next === undefined) break;
    const loss = lossIn(at, next);
    at = next;
    const local = localText(at, offsetAt(at));
    const clocks = clockChangeAt(at, offsetAt);
    const fires = (time: number) => nextOf(time - 1) === time;
    const change =
      clocks?.kind === 'gap' ? gapNote(clocks.ms, movedTo(at).written) : twiceNote(at, clocks, fires);
    const notes = [lossNote(loss), change, jitterNote(beginsAt(at) - at)];
    const note = notes.filter((text) => text !== null).join('; ');
    shown.push({ at: new Date(at).toISOString(), local, note: note === '' ? null : note });
  }
  return shown;
}

function lossNote(gap: Gap | undefined): string | null {
  return gap === undefined ? null : `left out before it: ${gapText(gap)}`;
}

function jitterNote(ms: number): string | null {
  return ms > 0 ? `begins ${roundDuration(ms)} later: jitter` : null;
}

/** `written`: the times that were moved to this instant, in ms as if they were UTC. */
function gapNote(ms: number, written: readonly number[]): string {
  const minutes = ms / 60_000;
  const gone = written.map((wall) => new Date(wall).toISOString().slice(11, 19));
  return gone.length === 0
    ? `clocks go forward by ${minutes} min at this instant`
    : `moved: ${gone.join(' and ')} ${gone.length === 1 ? 'does' : 'do'} not exist on this day, since clocks go forward by ${minutes} min`;
}

/** Whether it fires at the other of the two instants as well is asked of what fires. */
function twiceNote(at: number, change: ClockChange, fires: (at: number) => boolean): string | null {
  if (change === undefined) return null;
  const minutes = change.ms / 60_000;
  const isFirst = change.kind === 'first';
  const both = fires(at + (isFirst ? change.ms : -change.ms));
  if (both && !isFirst) return `repeated: clocks have gone back by ${minutes} min and show this time again`;
  const when = both ? 'both times' : isFirst ? 'the first time only' : 'the second time only';
  return `doubled: clocks go back by ${minutes} min and show this time twice; it fires ${when}`;
}
