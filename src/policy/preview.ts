/** The coming times of a schedule as people read them: by the same function that fires, with what the clocks do to them. */
import { roundDuration } from '../core/units.ts';
import { type Gap, gapText, lossesOf } from './gap-times.ts';
import { type ClockChange, clockChangeAt, localText, offsetsOf } from './local-time.ts';
import { movedTimesOf } from './moved-times.ts';
import { nominalTimes, type TimeRule } from './nominal-times.ts';

/**
 * What is special about a time. `moved`: what the clocks leave out was to be then. `clocks`: they are set at this instant. `doubled`: they
 * show this time twice. `repeated`: it fires again at such a time. `gap`: times before it fall into what the clocks leave out. `jitter`: it
 * begins later. `deadline`: the clocks change its deadline. `paused`, `asked`: it will be skipped.
 */
export const TIME_NOTES = [
  ...(['moved', 'clocks', 'doubled', 'repeated', 'gap', 'jitter', 'deadline', 'paused', 'asked'] as const),
] as const;

export interface TimeNote {
  readonly kind: (typeof TIME_NOTES)[number];
  /** For people, without the word for its kind. */
  readonly text: string;
}

export interface TimePreview {
  /** ISO 8601, in UTC. */
  readonly at: string;
  /** What a clock in the schedule's zone shows, with its distance from UTC. */
  readonly local: string;
  /** What is special about it, each with its kind. */
  readonly notes: TimeNote[];
  /** All of these in words; null where there is nothing to say. */
  readonly note: string | null;
}

/** What stands before the text of a kind, in words. */
const BEFORE: Readonly<Record<TimeNote['kind'], string>> = {
  ...{ moved: 'moved: ', clocks: '', doubled: 'doubled: ', repeated: 'repeated: ' },
  ...{ gap: 'left out before it: ', jitter: '', deadline: '', paused: 'skipped: ', asked: 'left out, ' },
};

/** A time with what is special about it, also in words. */
export function noted(time: Pick<TimePreview, 'at' | 'local'>, notes: TimeNote[]): TimePreview {
  const words = notes.map(({ kind, text }) => BEFORE[kind] + text);
  return { at: time.at, local: time.local, notes, note: words.length === 0 ? null : words.join('; ') };
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
    const time = { at: new Date(at).toISOString(), local };
    shown.push(
      noted(
        time,
        notes.filter((note) => note !== undefined),
      ),
    );
  }
  return shown;
}

function lossNote(gap: Gap | undefined): TimeNote | undefined {
  return gap && { kind: 'gap', text: gapText(gap) };
}

function jitterNote(ms: number): TimeNote | undefined {
  return ms > 0 ? { kind: 'jitter', text: `begins ${roundDuration(ms)} later: jitter` } : undefined;
}

/** `written`: the times that were moved to this instant, in ms as if they were UTC. */
function gapNote(ms: number, written: readonly number[]): TimeNote {
  const minutes = ms / 60_000;
  const gone = written.map((wall) => new Date(wall).toISOString().slice(11, 19));
  if (gone.length === 0)
    return { kind: 'clocks', text: `clocks go forward by ${minutes} min at this instant` };
  const lack = gone.length === 1 ? 'does' : 'do';
  const text = `${gone.join(' and ')} ${lack} not exist on this day, since clocks go forward by ${minutes} min`;
  return { kind: 'moved', text };
}

/** Whether it fires at the other of the two instants as well is asked of what fires. */
function twiceNote(at: number, change: ClockChange, fires: (at: number) => boolean): TimeNote | undefined {
  if (change === undefined) return undefined;
  const minutes = change.ms / 60_000;
  const isFirst = change.kind === 'first';
  const both = fires(at + (isFirst ? change.ms : -change.ms));
  if (both && !isFirst)
    return { kind: 'repeated', text: `clocks have gone back by ${minutes} min and show this time again` };
  const when = both ? 'both times' : isFirst ? 'the first time only' : 'the second time only';
  return {
    kind: 'doubled',
    text: `clocks go back by ${minutes} min and show this time twice; it fires ${when}`,
  };
}
