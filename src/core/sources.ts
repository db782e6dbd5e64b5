/** The configured sources: by name, since they are a map, and of a key. */
import type { Source } from './source.ts';

/** By name, in the order of the configuration. Templates of two sources never fit the same key. */
export type Sources = ReadonlyMap<string, Source>;

/** The source that a key belongs to. */
export function sourceOfKey(sources: Sources, key: string): Source | undefined {
  for (const source of sources.values()) if (source.key.fits(key)) return source;
  return undefined;
}

/** For messages: the templates of all keys. */
export function templatesOf(sources: Sources): string {
  const templates = [...sources.values()].map(({ key }) => key.text);
  return templates.join(', ') || 'nothing: no source is configured';
}
