/** Coverage by what is read: a key that is read a thousand times an hour counts a thousand times. */
import { type Popularity, reportedOver } from '../catalog/popularity.ts';
import { isRedisAway } from '../core/redis-away.ts';
import type { SelectedKeys } from '../warming/selected-keys.ts';
import type { Found } from './coverage-rows.ts';
import type { SourceCoverage } from './coverage-shapes.ts';

/** What was found of the keys. */
type Of = Pick<Found, 'warm' | 'unknown'>;
type Reads = NonNullable<SourceCoverage['reads']>;

export class ReadCoverage {
  readonly #popularity: Pick<Popularity, 'of' | 'reports'>;
  readonly #sources = new Map<string, Reads>();
  /** The jobs Redis did not say, or a tier whether a key that is read is warm: half a sum would be a wrong one. */
  #isSilent = false;

  constructor({ popularity }: { readonly popularity: Pick<Popularity, 'of' | 'reports'> }) {
    this.#popularity = popularity;
  }

  async add({ source: { name }, keys }: SelectedKeys, { warm, unknown }: Of, now: number): Promise<void> {
    if (this.#isSilent) return;
    const known = this.#sources.get(name);
    const asked = Promise.all([
      this.#popularity.of(name, keys, now),
      known?.overMs ?? this.#popularity.reports(name, now).then((reports) => reportedOver(reports, now)),
    ]);
    const [counts, overMs] = await asked.catch((error: unknown) => {
      if (!isRedisAway(error)) throw error;
      this.#isSilent = true;
      return [[], 0] as const;
    });
    let { all, warm: ofWarm } = known ?? NONE;
    for (const [i, reads] of counts.entries()) {
      all += reads;
      const key = keys[i] ?? '';
      if (warm.has(key)) ofWarm += reads;
      else if (reads > 0 && unknown.has(key)) this.#isSilent = true;
    }
    this.#sources.set(name, { all, warm: ofWarm, overMs });
  }

  /** Null where no read was reported. */
  of(source: string): Reads | null {
    const { all, warm, overMs } = this.#sources.get(source) ?? NONE;
    return this.#isSilent || all === 0 ? null : { all, warm, overMs };
  }

  get all(): Reads | null {
    const { all, warm, overMs } = [...this.#sources.values()].reduce(
      (sum, each) => ({
        ...{ all: sum.all + each.all, warm: sum.warm + each.warm },
        overMs: Math.max(sum.overMs, each.overMs),
      }),
      NONE,
    );
    return this.#isSilent || all === 0 ? null : { all, warm, overMs };
  }
}

const NONE: Reads = { all: 0, warm: 0, overMs: 0 };
