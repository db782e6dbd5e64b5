import { askerText } from '../../core/asker.ts';
import type { ScheduleView } from '../../verbs/schedules/schedule-shapes.ts';
import { clockTime, zonedTime } from '../terminal/figures.ts';
import { printable } from '../terminal/paint.ts';

type Pause = NonNullable<ScheduleView['paused']>;

/** `paused until 06:00:00`, or `paused until it is resumed`. */
export function pauseEnd({ until }: Pause, now: number, shown = clockTime): string {
  return `paused until ${until === null ? 'it is resumed' : shown(until, now)}`;
}

/** What to know where the jobs Redis lost its data a while ago; undefined where nothing is known to be lost. */
export function lossText({ lostAt }: Pick<ScheduleView, 'lostAt'>, now: number): string | undefined {
  return lostAt === null
    ? undefined
    : `the jobs Redis lost its data, as was seen at ${zonedTime(lostAt, now)}: pauses and times to leave out from before are gone, unless a scheduler that knew them gave them back`;
}

/** Schedulers say every few seconds that they are there. */
const SILENT_MS = 20_000;

/** What to know where nothing fires, since no scheduler lives; undefined where one does. */
export function silenceText(
  schedules: readonly Pick<ScheduleView, 'heardAt'>[],
  now: number,
): string | undefined {
  const heard = schedules.flatMap(({ heardAt }) => (heardAt === null ? [] : [heardAt]));
  if (heard.some((at) => now - at < SILENT_MS)) return undefined;
  const since =
    heard.length === 0 ? '' : `: the last one was heard of at ${zonedTime(Math.max(...heard), now)}`;
  return `no scheduler runs, so nothing fires until one starts${since}`;
}

/** With who asked for it, and why: what people wrote must not move the cursor. */
export function pauseText(pause: Pause, now: number): string {
  return printable(`${pauseEnd(pause, now, zonedTime)}, by ${askerText(pause)}`);
}
