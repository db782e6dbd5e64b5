/** Schedules whose selector can select no key, by the configuration and the columns of its entity sets. */
import { quote } from '../../core/quote.ts';
import type { Selector } from '../../core/selector/selector.ts';
import { parseSelector, selectsSource } from '../../core/selector/selector-grammar.ts';
import type { Source } from '../../core/source.ts';
import { mayBegin, sourceOfKey } from '../../core/sources.ts';
import { formatDuration } from '../../core/units.ts';
import type { Settings } from '../settings.ts';
import type { SurveyNote } from './schedule-notes.ts';

/** `feeds`: whether an entity set gives keys of a source; undefined where nobody can tell. */
export type Feeds = (set: string, source: Source) => boolean | undefined;

export function selectionNotes(settings: Settings, feeds: Feeds): SurveyNote[] {
  return [...settings.schedules.values()].flatMap(({ name, selector }) => {
    const parsed = parseSelector(selector);
    const nothing = agesProblem(parsed) ?? sourcesProblem(parsed, settings);
    const path = `schedules.${name}.warm`;
    if (nothing !== undefined) return [{ path, message: `selects nothing: ${nothing}` }];
    const selected = selectedBy(parsed, settings);
    return strayWords(parsed, selected, settings, feeds).map((message) => ({ path, message }));
  });
}

function agesProblem({ olderThan, youngerThan }: Selector): string | undefined {
  if (olderThan === undefined || youngerThan === undefined || olderThan < youngerThan) return undefined;
  return `no value is older than ${formatDuration(olderThan)} and younger than ${formatDuration(youngerThan)}`;
}

function sourcesProblem(selector: Selector, settings: Settings): string | undefined {
  // That there is no source at all is said elsewhere.
  if (settings.sources.size === 0 || selectedBy(selector, settings).length > 0) return undefined;
  const { sources, temperatures } = selector;
  const among = sources.length === 0 ? 'no source' : `none of ${sources.join(', ')}`;
  return `${among} is ${temperatures.join(' or ')}`;
}

function selectedBy(selector: Selector, { sources }: Settings): Source[] {
  return [...sources.values()].filter((source) => selectsSource(selector, source));
}

/** Words of the selector that are true of no key of the selected sources. */
function strayWords(
  { entities, keys, prefixes, tags, sources, temperatures }: Selector,
  selected: readonly Source[],
  settings: Settings,
  feeds: Feeds,
): string[] {
  const whose = sources.length + temperatures.length === 0 ? 'no source' : 'no source that it selects';
  const isBeginning = mayBegin(selected);
  const isOther = (key: string) => {
    const own = sourceOfKey(settings.sources, key);
    return own !== undefined && !selected.includes(own);
  };
  return [
    ...entities
      .filter((set) => selected.every((source) => feeds(set, source) === false))
      .map((set) => `entity set "${set}" gives keys of ${whose}`),
    ...keys.filter(isOther).map((key) => `key ${quote(key)} is of ${whose}`),
    ...prefixes
      .filter((prefix) => !isBeginning(prefix))
      .map((prefix) => `keys of ${whose} begin with ${quote(prefix)}`),
    ...tags
      .filter((tag) => !selected.some((source) => source.tags.some((template) => template.fits(tag))))
      .map((tag) => `${whose} gives the tag ${quote(tag)}`),
  ].slice(0, NAMED);
}

/** Words of one selector that are told. */
const NAMED = 10;
