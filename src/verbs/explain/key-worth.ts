/** Whether refreshing a key pays, in words. */

import { countsEach, type ReadReports, reportedOver } from '../../catalog/popularity.ts';
import { count, counted } from '../../core/counted.ts';
import type { Source } from '../../core/source.ts';
import { roundDuration } from '../../core/units.ts';
import { instantText } from '../../core/written-time.ts';
import { READS_OVER_MS, readsPerRefresh, type Worth, worthOf } from '../../policy/worth.ts';
import type { Explanation } from './explanation-shapes.ts';

/** About how long lies between two refreshes of a value, in ms: where ticks come seldom it is longer. */
export function refreshedEvery({ lifetime: { ttl, refreshAhead } }: Pick<Source, 'lifetime'>): number {
  return Math.max(1, Math.round(ttl * refreshAhead));
}

/** How often a key was read, and how much follows from that. */
export interface KeyReads {
  readonly own: number;
  /** Whether any read of its source was reported in the last hour. */
  readonly isReported: boolean;
  /** Keys of its source. */
  readonly size: number;
  readonly reports: ReadReports;
  readonly now: number;
}

/** `reads`: undefined where nobody says. */
export function keyWorth(source: Source, reads: KeyReads | undefined): Explanation['worth'] {
  const everyMs = refreshedEvery(source);
  if (reads === undefined)
    return {
      ...{ verdict: 'untold', everyMs },
      sentence: 'Not known: the jobs Redis does not say how often it is read.',
    };
  const { own, isReported, size, reports, now } = reads;
  const overMs = reportedOver(reports, now);
  const found = worthOf({ reads: own, overMs, everyMs, isReported });
  const verdict = found === 'unread' && !countsEach(size) ? 'untold' : found;
  return { verdict, everyMs, sentence: WORDS[verdict](reads, overMs, everyMs) };
}

const WORDS: Readonly<Record<Worth, (reads: KeyReads, overMs: number, everyMs: number) => string>> = {
  worth: ({ own }, overMs, everyMs) =>
    overMs < READS_OVER_MS
      ? `It was read ${timesIn(own, overMs)}, and is refreshed every ${roundDuration(everyMs)}.`
      : `It is read about ${figure(readsPerRefresh(own, overMs, everyMs))} times for each refresh.`,
  seldom: ({ own }, _, everyMs) =>
    `It is refreshed every ${roundDuration(everyMs)} and read about ${timesOf(own)} an hour: less than once for each refresh.`,
  unread: (_, __, everyMs) =>
    `It is refreshed every ${roundDuration(everyMs)}, and no read of it was reported in the last hour, while others of its source were read.`,
  untold: (reads, overMs, everyMs) => `Not known${whyUntold(reads, overMs, everyMs)}.`,
};

function whyUntold({ own, isReported, size, reports }: KeyReads, overMs: number, everyMs: number): string {
  const { since, until } = reports;
  if (since === undefined || until === undefined)
    return own > 0 || isReported
      ? ': since when reads of its source are reported is not known'
      : ': nobody reports reads of its source';
  if (!isReported) return `: no read of its source was reported, since ${instantText(since)}`;
  if (overMs < READS_OVER_MS)
    return ` yet: of the last hour reads of its source were reported for ${roundDuration(overMs)}, since ${instantText(since)}; it was read ${timesIn(own, overMs)}`;
  if (!countsEach(size))
    return ': no read of it was reported, and its source has more keys than reads are counted of';
  return `: no read of it was reported in the last hour, which says little of what is refreshed every ${roundDuration(everyMs)}`;
}

/** `about 12 times in 4m`. */
export function timesIn(reads: number, overMs: number): string {
  return `${reads > 0 ? `about ${timesOf(reads)}` : '0 times'} in ${overMs >= READS_OVER_MS ? 'the last hour' : roundDuration(overMs)}`;
}

function timesOf(reads: number): string {
  return counted(Math.max(1, Math.round(reads)), 'time');
}

/** Two digits are as much as a sample tells. */
function figure(value: number): string {
  return value >= 10 ? count(Math.round(value)) : value.toPrecision(2);
}
