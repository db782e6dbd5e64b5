/** What people want otherwise than a schedule says, on the times that a preview shows. */
import { askerText } from '../../core/asker.ts';
import type { Firing, TimePreview } from '../../policy/preview.ts';
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
    const reason = reasonOf(nominal, beginsAt(nominal), wishes);
    if (reason === undefined) return time;
    return { ...time, note: time.note === null ? reason : `${reason}; ${time.note}` };
  });
}

function reasonOf(nominal: number, begins: number, { paused, asked }: Wishes): string | undefined {
  const skip = asked.find((each) => each.nominal === nominal);
  if (skip !== undefined) return `left out, by ${askerText(skip)}`;
  if (paused === null || begins < paused.since || (paused.until !== null && begins >= paused.until))
    return undefined;
  const end = paused.until === null ? 'it is resumed' : new Date(paused.until).toISOString();
  return `skipped: paused until ${end}, by ${askerText(paused)}`;
}
