/** Pausing schedules, by hand. */

import { ForewarmError } from '../../core/errors.ts';
import { instantText } from '../../core/written-time.ts';
import type { Schedule } from '../../schedules/fire.ts';
import { ruleText } from '../../schedules/rule.ts';
import type { PauseOptions } from '../../schedules/schedule-requests.ts';
import type { TickStore } from '../../schedules/tick-store.ts';
import { timeFor } from './local-times.ts';
import { type CheckedPause, FOR_GOOD, LONGEST_PAUSE_MS } from './schedule-shapes.ts';

/** When a pause of these schedules is to end. Throws `E_REQUEST_INVALID`. `now`: in ms since the epoch. */
export function pauseEndOf(
  { for: length, until }: Pick<CheckedPause, 'for' | 'until'>,
  schedules: readonly Pick<Schedule, 'rule'>[],
  now: number,
): PauseOptions['end'] {
  if (until === null) return length === null ? undefined : { length };
  if (length !== null) throw refused('`until` and `for` contradict each other; give one');
  const end = timeFor(until, schedules);
  const text = `\`until\` ${instantText(end)}`;
  if (end <= now) throw refused(`${text} has passed`);
  if (end - now > LONGEST_PAUSE_MS) throw refused(`${text} is more than a year away; ${FOR_GOOD}`);
  return { until: end };
}

/** Pauses these schedules. Rejects before it pauses any where the end is none. */
export async function pause(
  ticks: TickStore,
  schedules: readonly Schedule[],
  { why = '', ...end }: CheckedPause,
  who: { readonly by: string; readonly id: string },
): Promise<void> {
  const { now } = await ticks.states([]);
  const options = { ...who, why, end: pauseEndOf(end, schedules, now) };
  for (const { name, rule } of schedules)
    await ticks.pause(name, { cursor: now, rule: ruleText(rule), waiting: undefined }, options);
}

function refused(message: string): ForewarmError {
  return new ForewarmError('E_REQUEST_INVALID', message);
}
