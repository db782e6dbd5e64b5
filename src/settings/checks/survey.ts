/**
 * What only a look beyond the configuration can tell: whether each entity set can be read and each
 * module be loaded, which sources its rows feed, whether this machine has the folders, certificates and addresses that are named,
 * and whether the schedules keep up with how values age. `config check` does it; a start does not, since lists may be long, and may change.
 */

import { isLoopback } from '../../api/access.ts';
import { EntitySets } from '../../catalog/entities/entities.ts';
import { NO_LISTS } from '../../catalog/entities/entity-lists.ts';
import { messageOf } from '../../core/errors.ts';
import { Events } from '../../core/events.ts';
import { nearestWord } from '../../core/nearest.ts';
import { isFedBy, type Source } from '../../core/source.ts';
import { Calendars } from '../../schedules/calendars.ts';
import type { ScheduleSettings } from '../../schedules/options.ts';
import type { Settings } from '../settings.ts';
import { readSet, type SetCheckDeps } from './check-entities.ts';
import { lifeNotes } from './check-lives.ts';
import { moduleProblems } from './check-modules.ts';
import { placeProblems } from './check-places.ts';
import { neverFires } from './check-schedules.ts';
import { type SurveyNote, scheduleNotes } from './schedule-notes.ts';
import { type Feeds, selectionNotes } from './selection-notes.ts';
import { tierNotes } from './tier-notes.ts';

export interface Survey {
  /** What stops the work. */
  readonly problems: readonly SurveyNote[];
  /** What may be meant, and should be known. */
  readonly notes: readonly SurveyNote[];
}

export interface SurveyDeps extends Pick<SetCheckDeps, 'clock' | 'onWait'> {
  /** Of this machine, of the IANA database. */
  readonly timezone: string;
}

export async function surveyOf(settings: Settings, deps: SurveyDeps): Promise<Survey> {
  const { clock, timezone } = deps;
  const problems: SurveyNote[] = [];
  const notes: SurveyNote[] = [];
  const entities = new EntitySets({
    sets: settings.entities,
    ...{ lists: NO_LISTS, events: new Events(), clock },
  });
  const lists = entities.names().filter((name) => settings.lists.has(name));
  for (const name of lists) notes.push(listNote(settings, name));
  const files = entities.names().filter((name) => !lists.includes(name));
  const read = await Promise.all(files.map((name) => readSet({ ...deps, settings, entities }, name)));
  const columns = new Map<string, readonly string[]>();
  for (const [i, set] of read.entries()) {
    if (set.columns !== undefined) columns.set(files[i] ?? '', set.columns);
    notes.push(...set.notes);
    problems.push(...set.problems);
  }
  const unread = problems.length > 0 || lists.length > 0;
  for (const source of settings.sources.values()) {
    notes.push(...feedNotes(source, columns, unread));
    const { misspelt, unknown } = tagFindings(source, columns);
    // The columns of a list are not known here, and may be what the tag means.
    if (lists.length === 0) problems.push(...misspelt);
    else notes.push(...misspelt);
    if (!unread) notes.push(...unknown);
  }
  const calendars = new Calendars();
  for (const schedule of settings.schedules.values()) {
    problems.push(...(await calendarProblems(schedule, calendars)));
  }
  problems.push(...(await moduleProblems(settings, clock)), ...(await placeProblems(settings)));
  if (settings.sources.size === 0)
    notes.push({ path: 'sources', message: 'none is configured: there is nothing to keep warm' });
  notes.push(...apiNotes(settings), ...tierNotes(settings), ...lifeNotes(settings));
  notes.push(...selectionNotes(settings, feedsBy(columns)));
  return { problems, notes: [...notes, ...scheduleNotes(settings, clock.now(), timezone)] };
}

/** Nobody can tell of a set whose columns are not known. */
function feedsBy(columns: ReadonlyMap<string, readonly string[]>): Feeds {
  return (set, source) => {
    const of = columns.get(set);
    return of === undefined ? undefined : isFedBy(source, of);
  };
}

/** Without tokens only callers of this machine are answered, wherever it listens. */
function apiNotes({ api }: Settings): SurveyNote[] {
  if (api.tokens.length > 0 || isLoopback(api.host)) return [];
  const message = `"${api.host}" is more than this machine, but without api.tokens every caller from elsewhere is refused`;
  return [{ path: 'api.host', message }];
}

async function calendarProblems(schedule: ScheduleSettings, calendars: Calendars): Promise<SurveyNote[]> {
  const { name, rule, rules } = schedule;
  const path = `schedules.${name}.calendar`;
  try {
    const windows = await calendars.windows(rules.calendar);
    const message = windows.length === 0 ? undefined : neverFires({ name, rule, ...rules }, windows);
    return message === undefined ? [] : [{ path, message }];
  } catch (error) {
    return [{ path, message: messageOf(error) }];
  }
}

/** Origins are not called by a look at the configuration. */
function listNote({ lists }: Settings, name: string): SurveyNote {
  const message = `origin "${lists.get(name)?.origin}" is not asked for its list here; \`forewarm doctor\` reads it, and says what is in it`;
  return { path: `entities.${name}`, message };
}

/**
 * A tag may name any column of a row, so that only the sets that feed a source can tell a mistake. One that is nearly a column is
 * taken for it: values would be stored without the tag, and nothing that is invalidated by it would find them.
 */
function tagFindings(
  source: Source,
  columns: ReadonlyMap<string, readonly string[]>,
): { readonly misspelt: SurveyNote[]; readonly unknown: SurveyNote[] } {
  const sets = [...columns].filter(([, set]) => isFedBy(source, set));
  const found = { misspelt: [] as SurveyNote[], unknown: [] as SurveyNote[] };
  const path = `sources.${source.name}.tags`;
  for (const [set, names] of sets) {
    const known = [...new Set([...names, ...source.key.names])];
    for (const param of new Set(source.tags.flatMap((tag) => tag.names))) {
      if (known.includes(param)) continue;
      const near = nearestWord(param, known);
      const what = `entity set "${set}" has no column "${param}"`;
      // A column that another set has is spelt as it was meant.
      const isKnown = sets.some(([, others]) => others.includes(param));
      if (near !== undefined && !isKnown)
        found.misspelt.push({ path, message: `${what}; did you mean "${near}"?` });
      else found.unknown.push({ path, message: `${what}: what it warms lacks this tag` });
    }
  }
  return found;
}

/** Nothing is said of a source that a set which cannot be read might feed. */
function feedNotes(
  source: Source,
  columns: ReadonlyMap<string, readonly string[]>,
  unknown: boolean,
): SurveyNote[] {
  const { name, key } = source;
  if (key.names.length === 0 || unknown) return [];
  if ([...columns.values()].some((set) => isFedBy(source, set))) return [];
  const all = [...new Set([...columns.values()].flat())];
  const missing = key.names.find((param) => !all.includes(param));
  const near = missing === undefined ? undefined : nearestWord(missing, all);
  const why =
    missing === undefined
      ? 'no entity set has all of its params'
      : `no entity set has a column "${missing}"${near === undefined ? '' : `; did you mean "${near}"?`}`;
  const message = `nothing feeds it, so it is warmed only for keys that are named or read: ${why}`;
  return [{ path: `sources.${name}.key`, message }];
}
