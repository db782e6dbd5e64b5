/** From rows or keys that a request names to keys of sources, all of them checked before anything is made of them. */
import { setImmediate } from 'node:timers/promises';
import type { KeyPage } from '../../catalog/runs/key-lists.ts';
import type { WrongPlace } from '../../core/argument-words.ts';
import { refused } from '../../core/arguments.ts';
import { ForewarmError, messageOf } from '../../core/errors.ts';
import { nearestWord } from '../../core/nearest.ts';
import { paramText } from '../../core/param-text.ts';
import { quote } from '../../core/quote.ts';
import { carriesTagsOf, type Params, paramsBeyondKey, type Source, tagsOf } from '../../core/source.ts';
import { type Sources, sourceOfKey, templatesOf } from '../../core/sources.ts';
import type { WarmRow } from './warm-request.ts';

/** Items between two pauses, and keys of a page: each is done in well under 20 ms. */
const PAGE = 1_000;
/** Of a param, in characters: keys hold a hash of what is long, and the whole is kept beside them. */
const LONGEST_PARAM = 65_536;
/** Of a key, in characters; those that Forewarm makes are shorter. */
const LONGEST_KEY = 4_096;
/** Of the params in one page of a list, in characters. */
const LARGEST_PAGE = 2 ** 20;
/** Wrong items that are told; the rest is counted. */
const TOLD = 10;

/** The keys of these rows, each once, in order. Rejects with `E_REQUEST_INVALID`, naming wrong rows by their index. */
export async function keysOfRows(
  sources: Sources,
  name: string,
  rows: readonly WarmRow[],
): Promise<KeyPage[]> {
  const source = sourceNamed(sources, name);
  const keys = new Map<string, Params | undefined>();
  await eachOf('rows', rows, (row) => {
    const params = paramsOf(source, row);
    checkAskable(source, params);
    const key = source.key.build(params);
    keys.set(key, withMoreTags(source, key, keys.get(key), paramsBeyondKey(source, params)));
  });
  return pagesOf(source, keys);
}

/** Of two rows with one key, the one that has the tags of both: a value has the tags of one row. Throws where neither has. */
function withMoreTags(
  source: Source,
  key: string,
  before: Params | undefined,
  params: Params | undefined,
): Params | undefined {
  if (before === undefined || params === undefined) return params ?? before;
  const [tags, others] = [tagsOf(source, params), tagsOf(source, before)];
  if (carriesTagsOf(source, params, others)) return before;
  if (carriesTagsOf(source, before, tags)) return params;
  const [own, other] = [tags, others].map((all) => all.map((tag) => quote(tag)).join(', '));
  throw new Error(`gives key ${quote(key)} the tags ${own}, and a row before it ${other}: a key has one row`);
}

/** These keys, each once, by source. Rejects with `E_REQUEST_INVALID`, naming wrong keys by their index. */
export async function keysNamed(
  sources: Sources,
  name: string | undefined,
  keys: readonly string[],
): Promise<KeyPage[]> {
  const only = name === undefined ? undefined : sourceNamed(sources, name);
  const found = new Map<Source, Map<string, undefined>>();
  await eachOf('keys', keys, (key) => {
    const source = sourceOf(sources, only, key);
    checkAskable(source, source.key.match(key)?.params ?? {});
    const own = found.get(source) ?? new Map<string, undefined>();
    found.set(source, own.set(key, undefined));
  });
  return [...found].flatMap(([source, own]) => pagesOf(source, own));
}

/** What cannot be asked for would fail as it is warmed. */
function checkAskable(source: Source, params: Params): void {
  const refusal = source.refusal(params);
  if (refusal === undefined) return;
  const named = source.key.names.map((name) => `${name} ${quote(params[name])}`).join(', ');
  throw new Error(`${named} cannot be asked for: ${refusal}`);
}

/** Checks all of them, a page at a time with pauses, and throws when one is wrong. */
async function eachOf<T>(
  what: 'rows' | 'keys',
  items: readonly T[],
  check: (item: T) => void,
): Promise<void> {
  const wrong: WrongPlace[] = [];
  let count = 0;
  for (let from = 0; from < items.length; from += PAGE) {
    const page = items.slice(from, from + PAGE);
    for (const [i, item] of page.entries()) {
      try {
        check(item);
      } catch (error) {
        count += 1;
        if (wrong.length < TOLD) wrong.push({ place: `${what}.${from + i}`, message: messageOf(error) });
      }
    }
    await setImmediate();
  }
  if (count > 0)
    throw refused(`${count} of ${items.length} ${what} cannot be warmed, so none is`, wrong, count);
}

/** The params of a row that the source has a use for, as text. */
function paramsOf(source: Source, row: unknown): Params {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    throw new Error(`${quote(row)} is not an object with a member for each param`);
  }
  const params: Record<string, string> = {};
  for (const name of new Set([source.key, ...source.tags].flatMap(({ names }) => names))) {
    const text = Object.hasOwn(row, name) ? textOf(name, Reflect.get(row, name)) : '';
    if (text !== '') params[name] = text;
  }
  const missing = source.key.names.find((name) => params[name] === undefined);
  if (missing === undefined) return params;
  if (Object.hasOwn(row, missing)) throw new Error(`param "${missing}" is empty`);
  const near = nearestWord(missing, Object.keys(row).slice(0, 100));
  throw new Error(
    `param "${missing}" is missing${near === undefined ? '' : `; did you mean ${quote(near)}?`}`,
  );
}

function textOf(name: string, value: unknown): string {
  let text: string;
  try {
    text = paramText(value);
  } catch (error) {
    throw new Error(`param "${name}" ${messageOf(error)}`);
  }
  if (text.length <= LONGEST_PARAM) return text;
  throw new Error(`param "${name}" has ${text.length} characters; ${LONGEST_PARAM} are allowed`);
}

function sourceNamed(sources: Sources, name: string): Source {
  const source = sources.get(name);
  if (source !== undefined) return source;
  const near = nearestWord(name, sources.keys());
  const hint =
    near === undefined ? `there is ${[...sources.keys()].join(', ') || 'none'}` : `did you mean "${near}"?`;
  throw new ForewarmError('E_SOURCE_UNKNOWN', `source ${quote(name)} is not configured; ${hint}`, {
    details: { source: name },
  });
}

function sourceOf(sources: Sources, only: Source | undefined, key: unknown): Source {
  if (typeof key !== 'string') throw new Error(`${quote(key)} is not text`);
  if (key.length > LONGEST_KEY)
    throw new Error(`${quote(key)} has ${key.length} characters; ${LONGEST_KEY} are allowed`);
  if (only?.key.fits(key) === false) throw new Error(`${quote(key)} is not like ${only.key.text}`);
  const source = only ?? sourceOfKey(sources, key);
  if (source !== undefined) return source;
  throw new Error(`${quote(key)} fits no source; keys look like ${templatesOf(sources)}`);
}

/** Pages of about equal work: so many keys, or so many characters of params. */
function pagesOf(source: Source, all: ReadonlyMap<string, Params | undefined>): KeyPage[] {
  const pages: { source: string; keys: string[]; params: Map<string, Params> }[] = [];
  let room = 0;
  for (const [key, params] of all) {
    if (room <= 0 || (pages.at(-1)?.keys.length ?? PAGE) >= PAGE) {
      pages.push({ source: source.name, keys: [], params: new Map() });
      room = LARGEST_PAGE;
    }
    const page = pages.at(-1);
    page?.keys.push(key);
    if (params === undefined) continue;
    page?.params.set(key, params);
    room -= Object.values(params).reduce((sum, text) => sum + text.length, 0);
  }
  return pages;
}
