/**
 * What only a look beyond the configuration can tell: whether each entity set can be read, which sources its rows feed, and whether
 * the schedules keep up with how values age. `config check` does it; a start does not, since lists may be long, and may change.
 */
import { badRowsWords } from '../../catalog/entities/checked-rows.ts';
import { EntitySets } from '../../catalog/entities/entities.ts';
import { messageOf } from '../../core/errors.ts';
import { Events } from '../../core/events.ts';
import { KeyError } from '../../core/key.ts';
import { nearestWord } from '../../core/nearest.ts';
import type { Params, Source } from '../../core/source.ts';
import type { Settings } from '../settings.ts';
import { type SurveyNote, scheduleNotes } from './schedule-notes.ts';

export interface Survey {
  /** What stops the work. */
  readonly problems: readonly SurveyNote[];
  /** What may be meant, and should be known. */
  readonly notes: readonly SurveyNote[];
}

export async function surveyOf(settings: Settings, now: number): Promise<Survey> {
  const problems: SurveyNote[] = [];
  const notes: SurveyNote[] = [];
  const entities = new EntitySets({ sets: settings.entities, events: new Events() });
  const columns = new Map<string, readonly string[]>();
  for (const name of entities.names()) {
    try {
      columns.set(name, await entities.columns(name));
      notes.push(...(await rowNotes(settings, entities, name, columns.get(name) ?? [])));
    } catch (error) {
      problems.push({ path: `entities.${name}`, message: messageOf(error) });
    }
  }
  for (const source of settings.sources.values())
    notes.push(...feedNotes(source, columns, problems.length > 0));
  return { problems, notes: [...notes, ...scheduleNotes(settings, now)] };
}

async function rowNotes(
  { sources }: Settings,
  entities: EntitySets,
  name: string,
  columns: readonly string[],
): Promise<SurveyNote[]> {
  const path = `entities.${name}`;
  const fed = [...sources.values()].filter((source) => feeds(columns, source));
  const unkeyed = new Map<string, number>();
  let rows = 0;
  for await (const page of entities.load(name)) {
    rows += page.length;
    for (const source of fed) count(unkeyed, source, page);
  }
  const { bad, blank, ...report } = await entities.survey(name);
  const notes = [
    ...(rows === 0 ? ['has no rows'] : []),
    ...(blank > 0 ? [`${blank} rows without any value are left out`] : []),
    ...(bad > 0 ? [`left out: ${badRowsWords({ bad, blank, ...report })}`] : []),
    ...(fed.length === 0 ? [`its columns (${columns.join(', ')}) fill no source's key`] : []),
    ...[...unkeyed].map(
      ([source, lacking]) => `${lacking} of ${rows} rows lack a value of the key of source "${source}"`,
    ),
  ];
  return notes.map((message) => ({ path, message }));
}

function count(unkeyed: Map<string, number>, source: Source, page: readonly Params[]): void {
  const lacking = page.filter((row) => !hasKey(source, row)).length;
  if (lacking > 0) unkeyed.set(source.name, (unkeyed.get(source.name) ?? 0) + lacking);
}

function hasKey(source: Source, row: Params): boolean {
  try {
    return source.key.build(row) !== '';
  } catch (error) {
    if (error instanceof KeyError) return false;
    throw error;
  }
}

function feeds(columns: readonly string[], { key }: Source): boolean {
  return key.names.length > 0 && key.names.every((param) => columns.includes(param));
}

/** Nothing is said of a source that a set which cannot be read might feed. */
function feedNotes(
  source: Source,
  columns: ReadonlyMap<string, readonly string[]>,
  unknown: boolean,
): SurveyNote[] {
  const { name, key } = source;
  if (key.names.length === 0 || unknown) return [];
  if ([...columns.values()].some((set) => feeds(set, source))) return [];
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
