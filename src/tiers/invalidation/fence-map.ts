import type { Head, Stamp } from '../../core/entry.ts';
import { expired } from '../../core/freshness.ts';
import type { InvalidationMode } from '../../core/invalidation-mode.ts';
import { below, type Cut, cut, NONE } from './cut.ts';
import {
  ALL,
  type Fence,
  type Fenced,
  type FencedSource,
  type FenceTarget,
  ofPrefix,
  ofSource,
  ofTag,
  sourceOf,
} from './fences.ts';
import { GivenTags } from './given-tags.ts';

interface OfOrigin {
  /** How long its entries can live, in µs; what is older can be forgotten. */
  keptUs: number;
  readonly all: Cut;
  readonly sources: Map<string, Cut>;
  readonly tags: Map<string, Cut>;
  /** By their length, so that judging a key costs a look-up for each length and not for each prefix. */
  readonly prefixes: Map<number, Map<string, Cut>>;
}

/** What every entry of a source is judged by, at hand in one look-up. */
interface OfSource {
  /** The higher of the fence on the source and of that on everything. */
  cut: Cut;
  /** Of the origin. */
  readonly name: string;
  readonly origin: OfOrigin;
  readonly given: GivenTags;
}

/** So many fences on tags and prefixes are kept before the first look for those that can go. */
const FIRST_PRUNE = 10_000;
const US_PER_MS = 1_000;
const TAG = 'tag:';
const PREFIX = 'prefix:';

/**
 * The fences that a process knows. Judging an entry that is newer than every fence is one comparison; else it costs a look-up,
 * one more for each of its tags, and one for each length of fenced prefixes.
 */
export class FenceMap {
  readonly #origins = new Map<string, OfOrigin>();
  readonly #sources = new Map<string, OfSource>();
  #newest: Stamp = 0;
  #many = 0;
  #pruneAt = FIRST_PRUNE;

  /** `longest`: how long an entry can live as its source says, in ms. */
  constructor(deps: { readonly sources: readonly FencedSource[]; readonly longest: number }) {
    for (const source of deps.sources) {
      const own = this.#origins.get(source.origin) ?? ofOrigin(deps.longest * US_PER_MS);
      this.#origins.set(source.origin, own);
      const given = new GivenTags(source);
      this.#sources.set(source.name, { cut: cut(), name: source.origin, origin: own, given });
    }
  }

  /** Fences on tags and prefixes that are held. */
  get many(): number {
    return this.#many;
  }

  /** For how long fences of the origin are kept, in ms. */
  keptFor(origin: string): number {
    return (this.#origins.get(origin)?.keptUs ?? 0) / US_PER_MS;
  }

  /** From now on they are kept for that long, in ms, if that is longer. */
  keepFor(origin: string, life: number): void {
    const own = this.#origins.get(origin);
    if (own !== undefined) own.keptUs = Math.max(own.keptUs, life * US_PER_MS);
  }

  learn({ origin, target, mode, stamp }: Fence): void {
    const own = this.#origins.get(origin);
    if (own === undefined) return;
    const held = this.#cutOf(own, target);
    if (stamp <= held[mode]) return;
    held[mode] = stamp;
    this.#newest = Math.max(this.#newest, stamp);
    if (target.startsWith(TAG)) this.#give(own, target.slice(TAG.length), mode, stamp);
    if (target === ALL || sourceOf(target) !== undefined) this.#join(own);
    else if (this.#many >= this.#pruneAt) this.#prune();
  }

  /** The last ones, at most so many of each origin. */
  last(count: number): Fence[] {
    return [...this.#origins].flatMap(([origin, own]) =>
      fencesOf(origin, own)
        .sort((one, other) => other.stamp - one.stamp)
        .slice(0, count),
    );
  }

  modeOf(entry: Fenced): InvalidationMode | undefined {
    if (entry.stamp > this.#newest) return undefined;
    const of = this.#sources.get(entry.source);
    if (of === undefined) return undefined;
    const { stamp, tags, key } = entry;
    const { origin } = of;
    let mode = below(of.cut, stamp, undefined);
    // Both are empty most of the time, and this is asked of each entry that is read.
    if (origin.tags.size > 0) {
      for (const tag of tags) mode = below(origin.tags.get(tag), stamp, mode);
      mode = of.given.modeOf(entry, origin.tags, mode);
    }
    if (origin.prefixes.size === 0) return mode;
    for (const [length, cuts] of origin.prefixes) mode = below(cuts.get(key.slice(0, length)), stamp, mode);
    return mode;
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

  /** For people: it goes over all fences on tags and prefixes. The latest come first. */
  over(entry: Fenced): Fence[] {
    const of = this.#sources.get(entry.source);
    if (of === undefined || entry.stamp > this.#newest) return [];
    return fencesOf(of.name, of.origin)
      .filter((fence) => entry.stamp < fence.stamp && concerns(fence, entry, of.given))
      .sort((one, other) => other.stamp - one.stamp);
  }

  #cutOf(own: OfOrigin, target: string): Cut {
    if (target === ALL) return own.all;
    const name = target.slice(target.indexOf(':') + 1);
    const among = amongOf(own, target, name);
    const known = among.get(name);
    if (known !== undefined) return known;
    const added = cut();
    among.set(name, added);
    if (among !== own.sources) this.#many += 1;
    return added;
  }

  #give(own: OfOrigin, tag: string, mode: InvalidationMode, stamp: Stamp): void {
    for (const { origin, given } of this.#sources.values()) if (origin === own) given.learn(tag, mode, stamp);
  }

  #join(own: OfOrigin): void {
    for (const [name, of] of this.#sources) {
      if (of.origin !== own) continue;
      const { drop, stale } = own.sources.get(name) ?? NONE;
      of.cut = { drop: Math.max(drop, own.all.drop), stale: Math.max(stale, own.all.stale) };
    }
  }

  /** Forgets fences below which every entry is gone by now. */
  #prune(): void {
    for (const { tags, prefixes, keptUs } of this.#origins.values()) {
      const old = this.#newest - keptUs;
      for (const cuts of [tags, ...prefixes.values()]) {
        for (const [name, { drop, stale }] of cuts) {
          if (drop < old && stale < old && cuts.delete(name)) this.#many -= 1;
        }
      }
      for (const [length, cuts] of prefixes) if (cuts.size === 0) prefixes.delete(length);
    }
    this.#pruneAt = Math.max(FIRST_PRUNE, 2 * this.#many);
  }
}

/** Where the fences on such a target are. */
function amongOf({ sources, tags, prefixes }: OfOrigin, target: string, name: string): Map<string, Cut> {
  if (target.startsWith(TAG)) return tags;
  if (!target.startsWith(PREFIX)) return sources;
  const known = prefixes.get(name.length) ?? new Map<string, Cut>();
  prefixes.set(name.length, known);
  return known;
}

/** Whether a fence is about an entry, however old that is. */
function concerns({ target }: Fence, entry: Fenced, given: GivenTags): boolean {
  if (target === ALL) return true;
  const source = sourceOf(target);
  if (source !== undefined) return source === entry.source;
  if (!target.startsWith(TAG)) return entry.key.startsWith(target.slice(PREFIX.length));
  const tag = target.slice(TAG.length);
  return entry.tags.includes(tag) || given.mayGive(entry, tag);
}

function fencesOf(origin: string, { all, sources, tags, prefixes }: OfOrigin): Fence[] {
  const targets: [FenceTarget, Cut][] = [[ALL, all]];
  for (const [name, of] of sources) targets.push([ofSource(name), of]);
  for (const [tag, of] of tags) targets.push([ofTag(tag), of]);
  for (const cuts of prefixes.values()) for (const [prefix, of] of cuts) targets.push([ofPrefix(prefix), of]);
  return targets.flatMap(([target, of]) =>
    (['drop', 'stale'] as const).flatMap((mode) =>
      of[mode] > 0 ? [{ origin, target, mode, stamp: of[mode] }] : [],
    ),
  );
}

function ofOrigin(keptUs: number): OfOrigin {
  return { keptUs, all: cut(), sources: new Map(), tags: new Map(), prefixes: new Map() };
}
