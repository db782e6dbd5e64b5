/**
 * The part of a head that only readers need, as JSON text. What a store compares or expires by (stamp, times, checksum)
 * stands outside of it; fields that are absent or empty are left out.
 */
import type { Head } from '../../core/entry.ts';

export type Meta = Pick<
  Head,
  | 'source'
  | 'tags'
  | 'contentType'
  | 'etag'
  | 'lastModified'
  | 'version'
  | 'unusable'
  | 'asked'
  | 'params'
  | 'encoding'
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
    unusable: head.unusable,
    asked: head.asked,
    params: head.params,
    encoding: head.encoding,
  });
}

/** What stands beside the meta of a head. */
export type Rest = Omit<Head, keyof Meta>;

/**
 * The head out of what `metaOf` wrote and what stands beside it. Throws on anything that is no JSON object with a source
 * and, unless the store keeps it, the key.
 */
export function headFrom(text: string, rest: Rest, storedKey?: string): Head {
  // Only ever text that `metaOf` wrote: its checksum has been compared, or the database wrote it.
  const head = JSON.parse(text) as { -readonly [K in keyof Head]: Head[K] };
  if (typeof head.source !== 'string') throw new TypeError('the meta names no source');
  if (storedKey !== undefined) head.key = storedKey;
  else if (typeof head.key !== 'string') throw new TypeError('the meta names no key');
  // Filled in where it lies, since this is done for each entry that is read: a copy would cost as much again.
  head.tags ??= NO_TAGS;
  head.kind = rest.kind;
  head.format = rest.format;
  head.stamp = rest.stamp;
  head.fetchedAt = rest.fetchedAt;
  head.checkedAt = rest.checkedAt;
  head.dueAt = rest.dueAt;
  head.staleAt = rest.staleAt;
  head.goneAt = rest.goneAt;
  head.bodyBytes = rest.bodyBytes;
  head.checksum = rest.checksum;
  return head;
}
