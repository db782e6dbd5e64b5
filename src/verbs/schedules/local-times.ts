/** Times that people write without a time zone: they are of the schedule that they are written for, as in the configuration. */
import { ForewarmError } from '../../core/errors.ts';
import type { WrittenTime } from '../../core/written-time.ts';
import { endIn, instantIn, USUAL_TIMEZONE } from '../../policy/local-time.ts';
import type { ScheduleFilter } from './schedule-shapes.ts';
import type { ScheduleVerbs } from './schedules.ts';
import { isSelected } from './star-pattern.ts';

type Verbs = Pick<ScheduleVerbs, 'schedules'>;

/**
 * A time for some schedules, in ms since the epoch; `end`: up to which something lasts, so that a day is there until it is over. Rejects
 * with `E_REQUEST_INVALID` for a time without a zone where the schedules have several.
 */
export async function timeFor(
  verbs: Verbs,
  filter: ScheduleFilter,
  time: WrittenTime,
  edge: 'begin' | 'end' = 'begin',
): Promise<number> {
  const zone = time.isInstant ? undefined : await zoneOf(verbs, filter, time);
  return edge === 'end' ? endIn(time, zone) : instantIn(time, zone);
}

export function named(name: string): ScheduleFilter {
  return { names: [name], kinds: [], all: false };
}

async function zoneOf(verbs: Verbs, filter: ScheduleFilter, time: WrittenTime): Promise<string | undefined> {
  const chosen = (await verbs.schedules()).filter((view) => isSelected(filter, view));
  const zones = [...new Set(chosen.map(({ timezone }) => timezone ?? USUAL_TIMEZONE))];
  if (zones.length < 2) return zones[0];
  const written = new Date(time.at).toISOString().slice(0, time.isDay ? 10 : 16);
  throw new ForewarmError(
    'E_REQUEST_INVALID',
    `${written} names no time zone, and these schedules have several: ${zones.join(', ')}; write one behind it, such as Z or +01:00, or name schedules of one zone`,
  );
}
