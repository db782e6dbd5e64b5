/** What an origin is told of a value that is stored, so that it may answer "unchanged". */
import type { Head } from '../core/entry.ts';
import type { Source } from '../core/source.ts';
import type { Known } from '../origins/origin.ts';

/**
 * Undefined where it is asked for whole: nothing is stored that it could stand for. A validator of another address may be that of
 * something else here; values that do not tell their address are from versions that did not note it.
 */
export function knownOf(source: Pick<Source, 'asks'>, head: Head): Known | undefined {
  const { kind, asked = source.asks, etag, lastModified, version } = head;
  if (kind !== 'value' || asked !== source.asks) return undefined;
  if (etag === undefined && lastModified === undefined && version === undefined) return undefined;
  return {
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
    ...(version === undefined ? {} : { version }),
  };
}
