/** Whether refreshing a key pays, in words. */
import { count, counted } from '../../core/counted.ts';
import type { Source } from '../../core/source.ts';
import { roundDuration } from '../../core/units.ts';
import { readsPerRefresh, type Worth, worthOf } from '../../policy/worth.ts';
import type { Explanation } from './explanation-shapes.ts';

/** About how long lies between two refreshes of a value, in ms: where ticks come seldom it is longer. */
export function refreshedEvery({ lifetime: { ttl, refreshAhead } }: Pick<Source, 'lifetime'>): number {
  return Math.max(1, Math.round(ttl * refreshAhead));
}

const WORDS: Readonly<Record<Worth, (reads: number, everyMs: number) => string>> = {
  worth: (reads, everyMs) =>
    `It is read about ${figure(readsPerRefresh(reads, everyMs))} times for each refresh.`,
  seldom: (reads, everyMs) =>
    `It is refreshed every ${roundDuration(everyMs)} and read about ${counted(Math.max(1, Math.round(reads)), 'time')} an hour: less than once for each refresh.`,
  unread: (_, everyMs) =>
    `It is refreshed every ${roundDuration(everyMs)}, and no read of it was reported in the last hour, while others of its source were read.`,
  untold: () =>
    'Nothing follows from what was reported in the last hour: nobody reports reads of its source, it is refreshed too seldom to tell, or its source has more keys than reads are counted of.',
};

/** How often a key was read, and how much follows from that; undefined: nobody says. */
export interface KeyReads {
  readonly own: number;
  /** Whether any read of its source was reported. */
  readonly isReported: boolean;
  /** Whether reads of all keys of its source are counted. */
  readonly isWhole: boolean;
}

export function keyWorth(source: Source, reads: KeyReads | undefined): Explanation['worth'] {
  const everyMs = refreshedEvery(source);
  const isReported = reads?.isReported === true;
  const found = worthOf({ readsPerHour: reads?.own, everyMs, isReported });
  const verdict = found === 'unread' && reads?.isWhole === false ? 'untold' : found;
  if (reads === undefined)
    return { verdict, everyMs, sentence: 'Not known: the jobs Redis does not say how often it is read.' };
  return { verdict, everyMs, sentence: WORDS[verdict](reads.own, everyMs) };
}

/** Two digits are as much as a sample tells. */
function figure(value: number): string {
  return value >= 10 ? count(Math.round(value)) : value.toPrecision(2);
}
