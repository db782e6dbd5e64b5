/** What people want otherwise than a schedule says, on the times that a preview shows. */
import { askerText } from '../../core/asker.ts';
import type { TimePreview } from '../../policy/preview.ts';
import type { ScheduleView } from './schedule-shapes.ts';

export type Wishes = Pick<ScheduleView, 'paused' | 'asked'>;

/** The same times, with a note on each that will be skipped: it lies within a pause, or is to be left out. */
export function withWishes(times: readonly TimePreview[], wishes: Wishes): TimePreview[] {
  return times.map((time) => {
    const reason = reasonOf(Date.parse(time.at), wishes);
    if (reason === undefined) return time;
    return { ...time, note: time.note === null ? reason : `${reason}; ${time.note}` };
  });
}

function reasonOf(at: number, { paused, asked }: Wishes): string | undefined {
  if (paused !== null && (paused.until === null || at < paused.until)) {
    const end = paused.until === null ? 'it is resumed' : new Date(paused.until).toISOString();
    return `skipped: paused until ${end}, by ${askerText(paused)}`;
  }
  const skip = asked.find(({ nominal }) => nominal === at);
  return skip === undefined ? undefined : `left out, by ${askerText(skip)}`;
}
