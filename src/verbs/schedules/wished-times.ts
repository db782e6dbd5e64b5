/** What people want otherwise than a schedule says, on the times that a preview shows. */

import { askerText } from '../../core/asker.ts';
import { instantText } from '../../core/written-time.ts';
import { type Firing, noted, type TimeNote, type TimePreview } from '../../policy/preview.ts';
import type { ScheduleView } from './schedule-shapes.ts';

export type Wishes = Pick<ScheduleView, 'paused' | 'asked'>;

/** The same times, with a note on each that will be skipped: it would begin within a pause, or is to be left out. */
export function withWishes(
  times: readonly TimePreview[],
  wishes: Wishes,
  beginsAt: Firing['beginsAt'],
): TimePreview[] {
  return times.map((time) => {
    const nominal = Date.parse(time.at);
    const wish = wishFor(nominal, beginsAt(nominal), wishes);
    return wish === undefined ? time : noted(time, [wish, ...time.notes]);
  });
}

function wishFor(nominal: number, begins: number, { paused, asked }: Wishes): TimeNote | undefined {
  const skip = asked.find((each) => each.nominal === nominal);
  if (skip !== undefined) return { kind: 'asked', text: `by ${askerText(skip)}` };
  if (paused === null || begins < paused.since || (paused.until !== null && begins >= paused.until))
    return undefined;
  const end = paused.until === null ? 'it is resumed' : instantText(paused.until);
  return { kind: 'paused', text: `paused until ${end}, by ${askerText(paused)}` };
}
