/**
 * The contract of the catalog: what is to be kept warm, and when each key is next due, per source.
 *
 * The catalog is the worklist, and not a copy of the cache. It knows names and times; entries live in the tiers, and a key can be
 * in one and not in the other. Planning a run tracks its keys here; a refresh tick claims those that are due; whatever fetched a key
 * settles it with the time at which it is due again; an invalidation makes keys due at once; `gc` forgets what nothing asks for.
 *
 * Beside it, this folder keeps what outlives a job: runs with their manifests (`runs/`), entity sets (`entities/`), dead letters,
 * versions that sources share, popularity, and the registry of live processes. Each is a contract of its own, with one variant on
 * the jobs Redis.
 *
 * What must stay true:
 * - the cost of asking what is due grows with what is due, not with what is tracked;
 * - a claim moves the due time and takes nothing away, so a key whose worker dies comes due again by itself;
 * - every write is idempotent, and an older one never undoes a newer one, since commands are sent again after a lost reply;
 * - a key that was forgotten stays forgotten, however late its settlement arrives.
 */

import type { Params } from '../core/source.ts';

/** Why a key is not as warm as it should be. Kept only for keys whose last attempt did not succeed. */
export interface Failure {
  readonly outcome: 'refused' | 'failed';
  readonly reason: string;
  readonly at: number;
  /** How many attempts in a row ended so; 0: none, since every failure so far was blameless. */
  readonly count: number;
  /**
   * The key is set aside: it is tried seldom, and runs leave it out. Decided when the last of them was settled, by the rule of the
   * process that did it, and so the same for everybody.
   */
  readonly quarantined: boolean;
}

/** When a key is set aside, and for how long. */
export interface QuarantineRule {
  /** Attempts in a row that failed; 0: none is set aside. */
  readonly after: number;
  /** How long after such an attempt it is due again, in ms. */
  readonly retryMs: number;
}

/** Unless it is configured: two days of a cold key's failures every ten minutes would be hundreds of calls. */
export const QUARANTINE: QuarantineRule = { after: 10, retryMs: 6 * 3_600_000 };

export interface CatalogRecord {
  readonly key: string;
  /** When it is next due, ms since the epoch. */
  readonly dueAt: number;
  readonly failure: Failure | undefined;
  /** Until when it is kept, ms since the epoch, because somebody named it; undefined when nobody did. */
  readonly keptUntil: number | undefined;
}

/** How an attempt at a key ended, and when the key is next due. */
export interface Settlement {
  readonly key: string;
  readonly dueAt: number;
  /**
   * When the attempt began and ended: a key that was made due in between, by an invalidation, stays due; and a failure does not count
   * where the key was released in between. Without it, a failure began when it ended.
   */
  readonly attempt?: { readonly began: number; readonly ended: number };
  /**
   * There was no attempt: somebody releases the key. Its failures are forgotten, those of attempts that began before `dueAt` do not
   * count any more, and where it had failed it is due then.
   */
  readonly released?: true;
  /** Absent when the attempt succeeded: then an earlier failure is forgotten. */
  readonly failure?: {
    readonly outcome: 'refused' | 'failed';
    readonly reason: string;
    readonly at: number;
    /**
     * The key is not to blame: no call was made for it, or what failed fails for every key. It does not count, and it is on record only
     * where no attempt's failure is.
     */
    readonly blameless?: true | undefined;
  };
}

export interface CatalogSize {
  readonly keys: number;
  readonly due: number;
  readonly failing: number;
}

export interface CatalogPage {
  readonly records: readonly CatalogRecord[];
  /** Where the next page begins; undefined after the last. */
  readonly cursor: string | undefined;
}

export interface Catalog {
  /** Keys to be kept warm from now on; those that are known keep their due time. Returns how many are new. */
  track(source: string, keys: readonly string[], dueAt: number): Promise<number>;
  /**
   * Takes up to `limit` keys that are due at `now`, and, where `after` is given, due after that; earliest first. Makes them due again
   * at `until` unless they are settled first.
   */
  claim(source: string, now: number, until: number, limit: number, after?: number): Promise<string[]>;
  /** A key whose failure puts it in quarantine, or keeps it there, is due when its rule says, and not when the settlement does. */
  settle(source: string, settlements: readonly Settlement[]): Promise<void>;
  /** Makes keys that are known due at `dueAt`. Returns how many were known. */
  reschedule(source: string, keys: readonly string[], dueAt: number): Promise<number>;
  /**
   * Keeps keys that somebody named warm until then, ms since the epoch, also where no entity set has them. A later time stays.
   * Afterwards `gc` forgets them, unless an entity set has them.
   */
  keep(source: string, keys: readonly string[], until: number): Promise<void>;
  /** These keys need not be kept warm any more. Returns how many were known. */
  forget(source: string, keys: readonly string[]): Promise<number>;
  /** One record per key, in order; undefined when it is not in the catalog. */
  get(source: string, keys: readonly string[]): Promise<(CatalogRecord | undefined)[]>;
  /**
   * Every record once, in pages of about `count`, while writes go on (a record may be repeated); or only those in quarantine, at
   * the cost of those that fail. Settling one as released ends its quarantine.
   */
  scan(source: string, cursor: string | undefined, count: number, only?: 'quarantined'): Promise<CatalogPage>;
  size(source: string, now: number): Promise<CatalogSize>;
  /** Keeps the params of keys that hold a hash in place of one; `forget` drops them with the key. */
  remember(source: string, params: ReadonlyMap<string, Params>): Promise<void>;
  /** What `remember` was given for these keys, in order; undefined where it was given nothing. */
  recall(source: string, keys: readonly string[]): Promise<(Params | undefined)[]>;
  /** The sources that have keys here, configured or not. */
  sources(): Promise<string[]>;
}
