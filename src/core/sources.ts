/** The configured sources, found by name or by key. */
import type { Source } from './source.ts';

/** By name, in the order of the configuration. No key matches the templates of two sources. */
export type Sources = ReadonlyMap<string, Source>;

/** The source that a key belongs to. */
export function sourceOfKey(sources: Sources, key: string): Source | undefined {
  for (const source of sources.values()) if (source.key.fits(key)) return source;
  return undefined;
}

/** What keys of no source are counted under. */
const NO_SOURCE = '(none)';

/** The name of the source that a key belongs to, for counting. */
export function sourceNameOf(sources: Sources, key: string): string {
  return sourceOfKey(sources, key)?.name ?? NO_SOURCE;
}

/** For messages: the templates of all keys. */
export function templatesOf(sources: Sources): string {
  const templates = [...sources.values()].map(({ key }) => key.text);
  return templates.join(', ') || 'nothing: no source is configured';
}
