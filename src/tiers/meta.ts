/**
 * The part of a head that only readers need, as JSON text. What a store compares or expires by (stamp, times, checksum)
 * stands outside of it; fields that are absent or empty are left out.
 */
import type { Head } from '../core/entry.ts';

export type Meta = Pick<
  Head,
  'source' | 'tags' | 'contentType' | 'etag' | 'lastModified' | 'version' | 'params' | 'encoding'
> & {
  /** Absent where the store keeps the key itself. */
  readonly key?: string;
};

const NO_TAGS: readonly string[] = [];

/** The meta of a head; with `key`, the key stands in it too. */
export function metaOf(head: Head, key?: string): string {
  return JSON.stringify({
    key,
    source: head.source,
    tags: head.tags.length === 0 ? undefined : head.tags,
    contentType: head.contentType,
    etag: head.etag,
    lastModified: head.lastModified,
    version: head.version,
    params: head.params,
    encoding: head.encoding,
  });
}

/** Reads back what `metaOf` wrote. Throws on anything that is no JSON object with a source. */
export function parseMeta(text: string): Meta {
  // Only ever text that `metaOf` wrote: its checksum has been compared, or the database wrote it.
  const meta = JSON.parse(text) as Omit<Meta, 'tags'> & { tags?: readonly string[] };
  if (typeof meta.source !== 'string') throw new TypeError('the meta names no source');
  return { ...meta, tags: meta.tags ?? NO_TAGS };
}
