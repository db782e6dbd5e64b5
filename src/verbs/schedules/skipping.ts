/** Leaving out one coming time of a schedule, by hand. */
import { ForewarmError } from '../../core/errors.ts';
import { localText, offsetsOf } from '../../policy/local-time.ts';
import { nominalTimes } from '../../policy/nominal-times.ts';
import type { Calendars } from '../../schedules/calendars.ts';
import type { Schedule } from '../../schedules/fire.ts';
import { ruleText } from '../../schedules/rule.ts';
import type { TickStore } from '../../schedules/tick-store.ts';
import { type ComingTimes, comingTimes } from './coming-times.ts';
import { timeFor } from './local-times.ts';
import type { CheckedSkip } from './schedule-shapes.ts';

export interface SkippingDeps {
  readonly ticks: TickStore;
  readonly calendars: Calendars;
  readonly newId: () => string;
}

/** No schedule has more times that are to be left out. */
const MOST_ASKED = 100;

export async function skip(
  { ticks, calendars, newId }: SkippingDeps,
  schedule: Schedule,
  { at, why = '', undo }: CheckedSkip,
  by: string,
): Promise<void> {
  const { name, rule } = schedule;
  const { states, now } = await ticks.states([name]);
  const [account] = states;
  const windows = await calendars.windows(schedule.rules.calendar);
  const coming = comingTimes({ ...schedule, windows }, account, now);
  const next = coming.firing.next(coming.after);
  const asked = account?.asked.map(({ nominal }) => nominal) ?? [];
  const refuse = (message: string) => refused(name, message);
  const named = at === null ? undefined : timeFor(at, [coming.schedule]);
  const nominal = named ?? (undo ? asked.find((time) => time > now) : next);
  if (nominal === undefined) throw refuse(undo ? NOTHING_LEFT_OUT : noNext(account?.paused !== undefined));
  const text = textOf(nominal, coming);
  if (nominal <= now && nominal !== next)
    throw refuse(`${text} has passed; only a coming time can be left out`);
  if (undo && !asked.includes(nominal)) throw refuse(`${text} is not left out`);
  if (!undo && nominalTimes(coming.schedule.rule).next(nominal - 1) !== nominal) {
    const hint = next === undefined ? '' : `; its next one is ${textOf(next, coming)}`;
    throw refuse(`it names no time ${text}${hint}`);
  }
  if (!undo && asked.length >= MOST_ASKED)
    throw refuse(`${MOST_ASKED} of its times are left out already; pause it`);
  await ticks.open(name, { cursor: now, rule: ruleText(rule), waiting: undefined });
  await ticks.ask(name, { nominal, by, why, id: newId() }, undo);
}

const NOTHING_LEFT_OUT = 'no coming time of it is left out';

function noNext(isPaused: boolean): string {
  return isPaused
    ? 'it is paused until it is resumed, so there is no next time; say which one, as `schedules preview` shows it'
    : 'it has no time that could be left out';
}

/** In UTC, and as clocks of the schedule show it. */
function textOf(at: number, { schedule: { rule } }: ComingTimes): string {
  const text = new Date(at).toISOString();
  const offset = offsetsOf(rule.timezone)(at);
  return offset === 0 ? text : `${text} (${localText(at, offset)} in ${rule.timezone})`;
}

function refused(schedule: string, message: string): ForewarmError {
  return new ForewarmError('E_REQUEST_INVALID', `schedule "${schedule}": ${message}`, {
    details: { schedule },
  });
}
