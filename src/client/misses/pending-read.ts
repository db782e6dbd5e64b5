import type { SilentTier } from '../../core/answer.ts';
import type { Stamp } from '../../core/entry.ts';
import type { Params } from '../../core/source.ts';
import { type Found, notFound, type OriginFailure, type Served } from '../found.ts';
import type { KeySampler } from '../key-sampler.ts';
import type { MissingKey } from './miss-loader.ts';

export interface PendingReadInit {
  readonly key: string;
  readonly params: Params | undefined;
  /** What it gets if nothing better arrives in time. */
  readonly stale: Served | undefined;
  /** The tiers that may have the key and did not answer. */
  readonly silent: readonly SilentTier[];
  /** Where it is counted; undefined for a source that is not configured. */
  readonly sampler: KeySampler | undefined;
  readonly resolve: (found: Found) => void;
}

/** A read that no tier could serve, and that waits. All who ask for the key in the same turn share it. */
export class PendingRead implements MissingKey {
  readonly key: string;
  readonly params: Params | undefined;
  readonly stale: Served | undefined;
  readonly #silent: readonly SilentTier[];
  readonly #sampler: KeySampler | undefined;
  readonly #resolve: (found: Found) => void;
  #isSettled = false;

  constructor({ key, params, stale, silent, sampler, resolve }: PendingReadInit) {
    this.key = key;
    this.params = params;
    this.stale = stale;
    this.#silent = silent;
    this.#sampler = sampler;
    this.#resolve = resolve;
  }

  get newerThan(): Stamp {
    return this.stale?.decoded.head.stamp ?? 0;
  }

  /** Ends the wait, and counts the read. Idempotent: the first call counts. */
  settle(served: Served): void {
    if (this.#isSettled) return;
    const { decoded } = served;
    const isStale = served === this.stale;
    if (decoded.head.kind === 'absent') decoded.sampler.absentBelow(this.key);
    else decoded.sampler.below(this.key, isStale);
    this.#end(served);
  }

  /** Ends the wait with what there is: a stale value, or nothing. `failure` says why, where it was to be loaded. */
  giveUp(failure: OriginFailure | undefined): void {
    if (this.#isSettled) return;
    if (this.stale !== undefined) {
      this.settle(this.stale);
      return;
    }
    const silent = this.#silent;
    const found: Found =
      failure === undefined
        ? notFound(silent)
        : { decoded: undefined, unanswered: { tiers: silent, origin: failure } };
    if (found.unanswered === undefined) this.#sampler?.miss(this.key);
    else this.#sampler?.unavailable(this.key);
    this.#end(found);
  }

  #end(found: Found): void {
    this.#isSettled = true;
    this.#resolve(found);
  }
}
