import type { Stamp } from '../../core/entry.ts';
import type { InvalidationMode } from '../../core/invalidation-mode.ts';
import type { KeyTemplate } from '../../core/key.ts';
import { below, type Cut, cut } from './cut.ts';
import type { Fenced, FencedSource } from './fences.ts';

interface Given {
  readonly template: KeyTemplate;
  /** The highest fences on any tag that the template can give: what is above them need not be looked at. */
  readonly cut: Cut;
}

/**
 * The tags that a source gives now. A value may carry others: it was stored before the configuration changed. So fences on tags
 * judge it by what it carries, and by what its key, and the params beside it, would give it now. A template that names what
 * neither of them tells is taken to give every tag it can, unless the value carries one of it: hiding too much costs a fetch.
 */
export class GivenTags {
  readonly #source: FencedSource;
  readonly #given: readonly Given[];
  /** Of entries that were judged before: memory asks about the same ones at each read. */
  readonly #known = new WeakMap<Fenced, readonly (string | undefined)[]>();

  constructor(source: FencedSource) {
    this.#source = source;
    this.#given = source.tags.map((template) => ({ template, cut: cut() }));
  }

  learn(tag: string, mode: InvalidationMode, stamp: Stamp): void {
    for (const given of this.#given) {
      if (stamp > given.cut[mode] && given.template.fits(tag)) given.cut[mode] = stamp;
    }
  }

  /** The mode of an entry, by the fences on `tags`, where it was `mode` before. */
  modeOf(
    entry: Fenced,
    tags: ReadonlyMap<string, Cut>,
    mode: InvalidationMode | undefined,
  ): InvalidationMode | undefined {
    let found = mode;
    for (const [i, { template, cut: reach }] of this.#given.entries()) {
      if (below(reach, entry.stamp, found) === found) continue;
      const tag = this.#tagsOf(entry)[i];
      if (tag !== undefined) found = below(tags.get(tag), entry.stamp, found);
      else if (!entry.tags.some((tag) => template.fits(tag))) found = below(reach, entry.stamp, found);
    }
    return found;
  }

  /** Whether its source gives an entry this tag now, or may, as `modeOf` judges it. */
  mayGive(entry: Fenced, tag: string): boolean {
    const own = this.#tagsOf(entry);
    return this.#given.some(({ template }, i) =>
      own[i] === undefined
        ? template.fits(tag) && !entry.tags.some((other) => template.fits(other))
        : own[i] === tag,
    );
  }

  /** One for each template; undefined where it names what nothing here tells. */
  #tagsOf(entry: Fenced): readonly (string | undefined)[] {
    const known = this.#known.get(entry);
    if (known !== undefined) return known;
    const params = { ...this.#source.key.match(entry.key)?.params, ...entry.params };
    const made = this.#given.map(({ template }) =>
      template.isFilledBy(params) ? template.build(params) : undefined,
    );
    this.#known.set(entry, made);
    return made;
  }
}
