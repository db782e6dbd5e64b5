/**
 * What the catalog knows of keys, for verbs that have something to tell without it: after its first failure nothing is known, and
 * nobody waits for it again.
 */
import type { Catalog } from '../catalog/catalog.ts';
import { isRedisAway } from '../core/redis-away.ts';

type Records = Awaited<ReturnType<Catalog['get']>>;

export interface KnownRecords {
  /** One for each key, undefined also where nothing is known. */
  get(source: string, keys: readonly string[]): Promise<Records>;
  /** Why nothing is known any more; undefined as long as the catalog answers. */
  readonly silence: string | undefined;
}

export function knownRecords(catalog: Pick<Catalog, 'get'>): KnownRecords {
  let silence: string | undefined;
  return {
    async get(source, keys) {
      if (silence !== undefined) return keys.map(() => undefined);
      try {
        return await catalog.get(source, keys);
      } catch (error) {
        if (!isRedisAway(error)) throw error;
        silence = error.message;
        return keys.map(() => undefined);
      }
    },
    get silence() {
      return silence;
    },
  };
}
