/** What is worth knowing of schedules, and is no mistake by itself. */
import type { Source } from '../../core/source.ts';
import { formatDuration, roundDuration } from '../../core/units.ts';
import { cronNote, type NominalTimes, nominalTimes } from '../../policy/nominal-times.ts';
import { schedulesOf } from '../../schedules/configured.ts';
import type { Schedule } from '../../schedules/fire.ts';
import { ruleWords } from '../../schedules/rule.ts';
import type { Settings } from '../settings.ts';

export interface SurveyNote {
  /** Dotted, such as `sources.profile.ttl`. */
  readonly path: string;
  readonly message: string;
}

export function scheduleNotes(settings: Settings, now: number): SurveyNote[] {
  return schedulesOf(settings).flatMap((schedule) => {
    const { rule } = schedule;
    const cron = 'cron' in rule ? rule.cron : '';
    const note = cron === '' ? undefined : cronNote(cron);
    const notes = note === undefined ? [] : [{ path: pathOf(schedule), message: `"${cron}": ${note}` }];
    return [...notes, ...ageNotes(schedule, settings, now)];
  });
}

function pathOf({ name, action }: Schedule): string {
  switch (action.kind) {
    case 'refresh':
      return `temperatures.${name}.schedule`;
    case 'probe':
      return `sources.${action.source}.request.versionProbe.schedule`;
    case 'gc':
      return 'jobs.gc.cron';
    default:
      return `schedules.${name}.cron`;
  }
}

/** A refresh-ahead that comes less often than values age keeps none of them fresh. */
function ageNotes({ rule, action }: Schedule, { sources, leaves }: Settings, now: number): SurveyNote[] {
  if (action.kind !== 'refresh') return [];
  const gap = longestGap(nominalTimes(rule), now);
  const own = new Set(leaves.map(({ path, from }) => (from.startsWith('temperatures.') ? '' : path)));
  return [...sources.values()]
    .filter((source) => source.temperature === action.temperature && source.lifetime.ttl < gap)
    .map((source) => {
      const path = own.has(`sources.${source.name}.ttl`)
        ? `sources.${source.name}.ttl`
        : `temperatures.${source.temperature}.ttl`;
      return { path, message: ageMessage(source, ruleWords(rule), gap) };
    });
}

function ageMessage(
  { name, temperature, lifetime: { ttl, grace } }: Source,
  cron: string,
  gap: number,
): string {
  const end = ttl + grace < gap ? 'gone' : 'stale';
  return `values of source "${name}" are fresh for ${formatDuration(ttl)}, and "${cron}" of ${temperature} leaves up to ${roundDuration(gap)} between two refreshes: they are ${end} before the next one`;
}

/** Ticks that are looked at: more than a week of an hourly schedule. */
const TICKS = 200;

function longestGap(times: NominalTimes, now: number): number {
  let longest = 0;
  let last = times.next(now);
  for (let i = 0; i < TICKS && last !== undefined; i += 1) {
    const next = times.next(last);
    if (next !== undefined) longest = Math.max(longest, next - last);
    last = next;
  }
  return longest;
}
