/** The configured sources, found by name or by key. */
import { someOf } from './counted.ts';
import { LONGEST_VALUE } from './key.ts';
import { nearestWord } from './nearest.ts';
import type { Source } from './source.ts';
import { beginsOne, startsWithOne } from './word-lists.ts';

/** By name, in the order of the configuration. No key matches the templates of two sources. */
export type Sources = ReadonlyMap<string, Source>;

/** The source that a key belongs to. */
export function sourceOfKey(sources: Sources, key: string): Source | undefined {
  const { lengths, byPrefix } = indexOf(sources);
  for (const length of lengths) {
    if (length > key.length) break;
    const candidates = byPrefix.get(key.slice(0, length)) ?? [];
    for (const source of candidates) if (source.key.fits(key)) return source;
  }
  return undefined;
}

/** Sources by what all of their keys begin with: a key of thousands of sources is compared with a few of them. */
interface SourceIndex {
  /** How long these beginnings are, the shortest first. */
  readonly lengths: readonly number[];
  readonly byPrefix: ReadonlyMap<string, readonly Source[]>;
}

const indexes = new WeakMap<Sources, SourceIndex>();

/** Made at the first look-up: sources never change while a process runs. */
function indexOf(sources: Sources): SourceIndex {
  const known = indexes.get(sources);
  if (known !== undefined) return known;
  const byPrefix = Map.groupBy(sources.values(), ({ key }) => key.prefix);
  const lengths = [...new Set([...byPrefix.keys()].map(({ length }) => length))].sort((a, b) => a - b);
  const index = { lengths, byPrefix };
  indexes.set(sources, index);
  return index;
}

/** What keys of no source are counted under. */
const NO_SOURCE = '(none)';

/** The name of the source that a key belongs to, for counting. */
export function sourceNameOf(sources: Sources, key: string): string {
  return sourceOfKey(sources, key)?.name ?? NO_SOURCE;
}

/** Templates that a message names. */
const NAMED = 20;

/** For messages: the templates of keys. */
export function templatesOf(sources: Sources): string {
  const templates = [...sources.values()].map(({ key }) => key.text);
  return someOf(templates, NAMED) || 'nothing: no source is configured';
}

/** A value that the builder of keys would have replaced by its hash. */
const WRITTEN_OUT = new RegExp(`[\\w.~!'()*%-]{${LONGEST_VALUE + 1}}`);
/** Characters of a key that are looked at, or shown, for a message. */
const LOOKED_AT = 4_096;
const SHOWN = 200;

/** Of fewer letters, any other name is near. */
const SHORTEST_MEANT = 3;

/** The same key with the beginning of a source's keys in the place of one that is misspelt; undefined where that is no key. */
function meantBy(sources: Sources, key: string): string | undefined {
  const word = beginningOf(key);
  if (word.length < SHORTEST_MEANT) return undefined;
  const beginnings = new Map([...sources.values()].map(({ key: { text } }) => [beginningOf(text), text]));
  const near = nearestWord(word, beginnings.keys());
  if (near === undefined) return undefined;
  const separator = beginnings.get(near)?.slice(near.length, near.length + 1) ?? '';
  const meant = near + separator + key.slice(word.length + 1);
  return sourceOfKey(sources, meant) === undefined ? undefined : meant;
}

/** Up to the first character that separates: `profile`. */
function beginningOf(text: string): string {
  return /^[^:/|{]*/.exec(text)?.[0] ?? '';
}

/** Why a key is of no source, with what keys look like. */
export function unfitWords(sources: Sources, key: string): string {
  const shown = key.length <= SHOWN ? key : `${key.slice(0, SHOWN)}…`;
  const hint = WRITTEN_OUT.test(key.slice(0, LOOKED_AT))
    ? `; a value of more than ${LONGEST_VALUE} encoded characters stands as "#" and its hash`
    : '';
  const meant = key.length <= SHOWN ? meantBy(sources, key) : undefined;
  const near = meant === undefined ? '' : `; did you mean "${meant}"?`;
  return `key "${shown}" fits no source; keys look like ${templatesOf(sources)}${hint}${near}`;
}

/** Whether keys of these sources can begin like this, judged by the literal texts that their templates begin with. */
export function mayBegin(sources: readonly Source[]): (text: string) => boolean {
  const beginnings = sources.map(({ key }) => key.prefix);
  return (text) => startsWithOne(beginnings, text) || beginsOne(beginnings, text);
}
