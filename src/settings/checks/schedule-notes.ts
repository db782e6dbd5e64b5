/** What is worth knowing of schedules, and is no mistake by itself. */
import type { Source } from '../../core/source.ts';
import { DAY_MS, formatDuration, roundDuration } from '../../core/units.ts';
import { gapText, lossesOf } from '../../policy/gap-times.ts';
import { gapsOf } from '../../policy/gaps.ts';
import { cronNote, namesHours, nominalTimes } from '../../policy/nominal-times.ts';
import { schedulesOf } from '../../schedules/configured.ts';
import type { Schedule } from '../../schedules/fire.ts';
import { ruleWords } from '../../schedules/rule.ts';
import type { Settings } from '../settings.ts';

export interface SurveyNote {
  /** Dotted, such as `sources.profile.ttl`. */
  readonly path: string;
  readonly message: string;
}

/** `timezone`: of this machine, where somebody may think that its clocks are meant. */
export function scheduleNotes(settings: Settings, now: number, timezone: string): SurveyNote[] {
  return schedulesOf(settings).flatMap((schedule) => {
    const { rule } = schedule;
    const cron = 'cron' in rule ? rule.cron : '';
    const note = cron === '' ? undefined : cronNote(cron);
    const notes = note === undefined ? [] : [{ path: pathOf(schedule), message: `"${cron}": ${note}` }];
    return [
      ...notes,
      ...zoneNotes(schedule, settings, timezone),
      ...gapNotes(schedule, now),
      ...overNotes(schedule, now),
      ...ageNotes(schedule, settings, now),
    ];
  });
}

/** Hours of the day without a time zone are those of UTC, which is not what the clocks of most hosts show. */
function zoneNotes({ name, rule, action }: Schedule, { leaves }: Settings, timezone: string): SurveyNote[] {
  if (!('cron' in rule) || !namesHours(rule.cron) || rule.timezone === timezone) return [];
  if (action.kind !== 'refresh' && action.kind !== 'run') return [];
  const path = `${action.kind === 'refresh' ? 'temperatures' : 'schedules'}.${name}.timezone`;
  if (leaves.some((leaf) => leaf.path === path && leaf.from !== 'default')) return [];
  const message = `is not set, so "${rule.cron}" goes by ${rule.timezone}; the clocks of this machine show ${timezone}`;
  return [{ path, message }];
}

/** A year, and what it may be longer by. */
const LOOKED_AHEAD_MS = 366 * DAY_MS;

/** Of a nightly run by steps within one hour, a night without that hour is a night without a run. */
function gapNotes(schedule: Schedule, now: number): SurveyNote[] {
  const gap = lossesOf(schedule.rule)(now, now + LOOKED_AHEAD_MS);
  if (gap === undefined) return [];
  const message = `"${ruleWords(schedule.rule)}" loses times: ${gapText(gap)}, and steps, ranges and wildcards are not moved; minutes and hours in plain numbers, or lists of them, run at the first instant after`;
  return [{ path: pathOf(schedule), message }];
}

/** A schedule may stay where it is once its last time has passed; that it was meant so is another matter. */
function overNotes({ name, rule }: Schedule, now: number): SurveyNote[] {
  if (nominalTimes(rule).next(now) !== undefined) return [];
  const message = `"${ruleWords(rule)}" names no time that is still to come: it fires no more`;
  return [{ path: `schedules.${name}.${'at' in rule ? 'at' : 'end'}`, message }];
}

function pathOf({ name, action }: Schedule): string {
  switch (action.kind) {
    case 'refresh':
      return `temperatures.${name}.schedule`;
    case 'recover':
      return `temperatures.${action.temperature}.recover`;
    case 'probe':
      return `sources.${action.source}.request.versionProbe.schedule`;
    case 'gc':
      return 'jobs.gc.cron';
    default:
      return `schedules.${name}.cron`;
  }
}

/** What the doctor says as well: where ttl, refresh-ahead and schedule cannot hold together. */
export function ageNotesOf(settings: Settings, now: number): SurveyNote[] {
  return schedulesOf(settings).flatMap((schedule) => ageNotes(schedule, settings, now));
}

/** The same, looked for once a day: gaps between ticks change with the seasons, and finding them takes long. */
export function dailyAgeNotes(settings: Settings): (now: number) => readonly SurveyNote[] {
  let known: { readonly at: number; readonly notes: readonly SurveyNote[] } | undefined;
  return (now) => {
    if (known === undefined || Math.abs(now - known.at) >= DAY_MS)
      known = { at: now, notes: ageNotesOf(settings, now) };
    return known.notes;
  };
}

/** A refresh-ahead that comes less often than values age keeps none of them fresh. */
function ageNotes(
  { rule, action }: Schedule,
  { sources, leaves, temperatures }: Settings,
  now: number,
): SurveyNote[] {
  if (action.kind !== 'refresh') return [];
  const gap = gapsOf(nominalTimes(rule), now)?.longest ?? 0;
  const own = new Set(leaves.map(({ path, from }) => (from.startsWith('temperatures.') ? '' : path)));
  const pathTo = (source: Source, option: string) =>
    own.has(`sources.${source.name}.${option}`)
      ? `sources.${source.name}.${option}`
      : `temperatures.${source.temperature}.${option}`;
  const { recover } = temperatures[action.temperature];
  return [...sources.values()]
    .filter((source) => source.temperature === action.temperature)
    .flatMap((source) => {
      const message = ageMessage(source, ruleWords(rule), gap, recover);
      const ahead =
        source.lifetime.refreshAhead < 1 ? [] : [{ path: pathTo(source, 'refreshAhead'), message: TOO_LATE }];
      return message === undefined ? ahead : [{ path: pathTo(source, 'ttl'), message }, ...ahead];
    });
}

const TOO_LATE = 'leaves no time to fetch a value before it is stale; write less than 100%';

/** Undefined where each value lives from one tick to the next. */
function ageMessage(
  { name, temperature, lifetime: { ttl, grace }, spread }: Source,
  times: string,
  gap: number,
  recover: number,
): string | undefined {
  const shortest = ttl * (1 - spread);
  if (shortest >= gap) return undefined;
  const less = ttl < gap ? '' : `, or up to ${roundDuration(ttl - shortest)} less by their spread`;
  const end = ttl + grace < gap ? 'gone' : 'stale';
  const begin = `values of source "${name}" are fresh for ${formatDuration(ttl)}${less}, and "${times}" of ${temperature} leaves up to ${roundDuration(gap)} between two refreshes`;
  if (recover === 0) return `${begin}: they are ${end} before the next one`;
  const between = `${begin}: ${temperature}.recover fetches them in between, before they are stale`;
  // Some of its values are stale at once, however long its ttl is.
  if (spread >= 1) return `${between}; with a spread of less than 100% fewer would need it`;
  const enough = roundDuration(Math.ceil(gap / (1 - spread) / 60_000) * 60_000);
  return `${between}; with a ttl of ${enough} or more one refresh would do`;
}
