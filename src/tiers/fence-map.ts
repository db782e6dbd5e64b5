import type { Head, Stamp } from '../core/entry.ts';
import { expired } from '../core/freshness.ts';
import { ALL, type Fence, type Fenced, type FenceMode } from './fences.ts';

/** The highest fence of each mode on one thing; 0 where there is none. */
interface Cut {
  drop: Stamp;
  stale: Stamp;
}

interface OfOrigin {
  readonly all: Cut;
  readonly sources: Map<string, Cut>;
  readonly tags: Map<string, Cut>;
}

/** What every entry of a source is judged by, at hand in one look-up. */
interface OfSource {
  /** The higher of the fence on the source and of that on everything. */
  cut: Cut;
  readonly origin: OfOrigin;
}

/** So many fences on tags are kept before the first look for those that can go. */
const FIRST_PRUNE = 10_000;
const US_PER_MS = 1_000;

/**
 * The fences that a process knows. Judging an entry that is newer than every fence is one comparison; one without tags
 * costs one look-up more.
 */
export class FenceMap {
  readonly #origins = new Map<string, OfOrigin>();
  readonly #sources = new Map<string, OfSource>();
  readonly #longestUs: number;
  #newest: Stamp = 0;
  #tags = 0;
  #pruneAt = FIRST_PRUNE;

  /** `origins`: the origin of each source. `longest`: how long any entry can live, in ms; what is older can be forgotten. */
  constructor(init: { readonly origins: ReadonlyMap<string, string>; readonly longest: number }) {
    this.#longestUs = init.longest * US_PER_MS;
    for (const [source, origin] of init.origins) {
      const own = this.#origins.get(origin) ?? { all: cut(), sources: new Map(), tags: new Map() };
      this.#origins.set(origin, own);
      this.#sources.set(source, { cut: cut(), origin: own });
    }
  }

  /** Fences on tags that are held. */
  get tags(): number {
    return this.#tags;
  }

  learn({ origin, target, mode, stamp }: Fence): void {
    const own = this.#origins.get(origin);
    if (own === undefined) return;
    const held = this.#cutOf(own, target);
    if (stamp <= held[mode]) return;
    held[mode] = stamp;
    this.#newest = Math.max(this.#newest, stamp);
    if (!target.startsWith('tag:')) this.#join(own);
    else if (this.#tags >= this.#pruneAt) this.#prune();
  }

  modeOf(entry: Fenced): FenceMode | undefined {
    if (entry.stamp > this.#newest) return undefined;
    const of = this.#sources.get(entry.source);
    if (of === undefined) return undefined;
    const { stamp, tags } = entry;
    if (stamp < of.cut.drop) return 'drop';
    let isStale = stamp < of.cut.stale;
    if (of.origin.tags.size === 0) return isStale ? 'stale' : undefined;
    for (const tag of tags) {
      const on = of.origin.tags.get(tag);
      if (on === undefined) continue;
      if (stamp < on.drop) return 'drop';
      isStale ||= stamp < on.stale;
    }
    return isStale ? 'stale' : undefined;
  }

  /**
   * A value below a stale fence has been past its ttl since it was last confirmed: so it is stale on every clock, also on
   * one that is behind that of Redis.
   */
  see(head: Head): Head {
    const mode = this.modeOf(head);
    if (mode === undefined || head.kind === 'dropped') return head;
    if (mode === 'drop') return { ...head, kind: 'dropped' };
    return { ...head, ...expired(head) };
  }

  #cutOf(own: OfOrigin, target: string): Cut {
    if (target === ALL) return own.all;
    const name = target.slice(target.indexOf(':') + 1);
    const among = target.startsWith('tag:') ? own.tags : own.sources;
    const known = among.get(name);
    if (known !== undefined) return known;
    const added = cut();
    among.set(name, added);
    if (among === own.tags) this.#tags += 1;
    return added;
  }

  #join(own: OfOrigin): void {
    for (const [name, of] of this.#sources) {
      if (of.origin !== own) continue;
      const { drop, stale } = own.sources.get(name) ?? NONE;
      of.cut = { drop: Math.max(drop, own.all.drop), stale: Math.max(stale, own.all.stale) };
    }
  }

  /** Lets go of fences that every entry below is gone since. */
  #prune(): void {
    const old = this.#newest - this.#longestUs;
    for (const { tags } of this.#origins.values()) {
      for (const [tag, { drop, stale }] of tags) {
        if (drop < old && stale < old && tags.delete(tag)) this.#tags -= 1;
      }
    }
    this.#pruneAt = Math.max(FIRST_PRUNE, 2 * this.#tags);
  }
}

const NONE: Readonly<Cut> = { drop: 0, stale: 0 };

function cut(): Cut {
  return { drop: 0, stale: 0 };
}
