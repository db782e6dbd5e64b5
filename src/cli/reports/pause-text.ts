import type { ScheduleView } from '../../verbs/schedules/schedule-shapes.ts';
import { clockTime } from '../terminal/figures.ts';
import { printable } from '../terminal/paint.ts';

type Pause = NonNullable<ScheduleView['paused']>;

/** `paused until 06:00:00`, or `paused until it is resumed`. */
export function pauseEnd({ until }: Pause, now: number): string {
  return `paused until ${until === null ? 'it is resumed' : clockTime(until, now)}`;
}

/** With who asked for it, and why: what people wrote must not move the cursor. */
export function pauseText(pause: Pause, now: number): string {
  return printable(`${pauseEnd(pause, now)}, by ${pause.by}${pause.why === '' ? '' : `: ${pause.why}`}`);
}
