/** How many keys of a source its origin takes in one call, where that is fewer than configured; as this process has seen it. */
import type { Clock } from '../../core/clock.ts';
import type { Source } from '../../core/source.ts';

/** After so long without a refusal the origin is asked whether it takes more by now. */
const HOLDS_MS = 10 * 60_000;
/** Between what is taken and what is refused is looked for more, while that may save this part of the calls. */
const WORTH = 1 / 4;

interface KnownSize {
  /** The most keys of a call that was answered. */
  taken: number;
  /** The fewest of one that was refused for how many they were. */
  refused: number;
  /** When that was, on the monotonic clock. */
  at: number;
}

/** What is learnt by the calls for some keys serves all that come after them, so a limit of an origin is searched for once. */
export class CallSizes {
  readonly #clock: Clock;
  /** Settings that are read again are other sources, with other calls. */
  readonly #known = new WeakMap<Source, KnownSize>();

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  /** The most keys to ask for in the next call. */
  most(source: Source): number {
    const known = this.#known.get(source);
    if (known === undefined) return Number.POSITIVE_INFINITY;
    if (this.#isOld(known)) return known.taken * 2;
    const gap = known.refused - known.taken;
    return gap > Math.max(1, known.taken * WORTH) ? known.taken + Math.floor(gap / 2) : known.taken;
  }

  /** A call for so many keys was answered. */
  answered(source: Source, keys: number): void {
    const known = this.#known.get(source);
    if (known === undefined || keys <= known.taken) return;
    known.taken = keys;
    if (keys >= source.keysPerCall) this.#known.delete(source);
  }

  /** A call was refused for no other reason than how many keys it had: all of them were answered in calls for `taken` at most. */
  refused(source: Source, keys: number, taken: number): void {
    const known = this.#known.get(source);
    const before = known === undefined || this.#isOld(known) ? undefined : known;
    this.#known.set(source, {
      taken: Math.max(taken, known !== undefined && known.taken < keys ? known.taken : 0),
      refused: Math.min(keys, before?.refused ?? keys),
      at: this.#clock.elapsed(),
    });
  }

  #isOld({ at }: KnownSize): boolean {
    return this.#clock.elapsed() - at >= HOLDS_MS;
  }
}
