/** Coverage by what is read: a key that is read a thousand times an hour counts a thousand times. */
import type { Popularity } from '../catalog/popularity.ts';
import { isRedisAway } from '../core/redis-away.ts';
import type { SelectedKeys } from '../warming/selected-keys.ts';
import type { SourceCoverage } from './coverage-shapes.ts';

type Reads = NonNullable<SourceCoverage['reads']>;

export class ReadCoverage {
  readonly #popularity: Pick<Popularity, 'of'>;
  readonly #sources = new Map<string, Reads>();
  /** The jobs Redis did not say: half a sum would be a wrong one. */
  #isSilent = false;

  constructor({ popularity }: { readonly popularity: Pick<Popularity, 'of'> }) {
    this.#popularity = popularity;
  }

  async add({ source: { name }, keys }: SelectedKeys, warm: ReadonlySet<string>, now: number): Promise<void> {
    if (this.#isSilent) return;
    const counts = await this.#popularity.of(name, keys, now).catch((error: unknown) => {
      if (!isRedisAway(error)) throw error;
      this.#isSilent = true;
      return [];
    });
    const known = this.#sources.get(name) ?? NONE;
    const added = counts.reduce<Reads>(
      (sum, reads, i) => ({
        all: sum.all + reads,
        warm: sum.warm + (warm.has(keys[i] ?? '') ? reads : 0),
      }),
      known,
    );
    this.#sources.set(name, added);
  }

  /** Null where no read was reported. */
  of(source: string): Reads | null {
    const { all, warm } = this.#sources.get(source) ?? NONE;
    return this.#isSilent || all === 0 ? null : { all, warm };
  }

  get all(): Reads | null {
    const { all, warm } = [...this.#sources.values()].reduce(
      (sum, each) => ({ all: sum.all + each.all, warm: sum.warm + each.warm }),
      NONE,
    );
    return this.#isSilent || all === 0 ? null : { all, warm };
  }
}

const NONE: Reads = { all: 0, warm: 0 };
