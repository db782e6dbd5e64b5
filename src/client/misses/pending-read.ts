import type { Params } from '../../core/source.ts';
import type { KeySampler } from '../key-sampler.ts';
import { type DecodedValue, valueIn } from '../memory-reads.ts';
import type { MissingKey } from './miss-loader.ts';

export interface PendingReadInit {
  readonly key: string;
  readonly params: Params | undefined;
  /** What it gets if nothing better arrives in time. */
  readonly stale: DecodedValue | undefined;
  /** Where it is counted; undefined for a source that is not configured. */
  readonly sampler: KeySampler | undefined;
  readonly resolve: (value: unknown) => void;
}

/** A read that no tier could serve, and that waits. All who ask for the key in the same turn share it. */
export class PendingRead implements MissingKey {
  readonly key: string;
  readonly params: Params | undefined;
  readonly stale: DecodedValue | undefined;
  readonly #sampler: KeySampler | undefined;
  readonly #resolve: (value: unknown) => void;
  #isSettled = false;

  constructor({ key, params, stale, sampler, resolve }: PendingReadInit) {
    this.key = key;
    this.params = params;
    this.stale = stale;
    this.#sampler = sampler;
    this.#resolve = resolve;
  }

  /** Ends the wait, and counts the read. Idempotent: the first call counts. Undefined is a miss. */
  settle(decoded: DecodedValue | undefined): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    if (decoded === undefined) this.#sampler?.miss(this.key);
    else decoded.sampler.below(this.key, decoded === this.stale);
    this.#resolve(decoded && valueIn(decoded));
  }

  /** Ends the wait with what there is. */
  giveUp(): void {
    this.settle(this.stale);
  }
}
