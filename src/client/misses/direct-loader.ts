import type { Source } from '../../core/source.ts';
import { type FetchMissingDeps, fetchMissing } from './fetch-missing.ts';
import type { LoadFailures, MissingKey, MissLoader, OnLoaded } from './miss-loader.ts';

/** Fetches missing keys from their origin, in this process, whatever other processes do. */
export class DirectLoader implements MissLoader {
  readonly #deps: FetchMissingDeps;

  constructor(deps: FetchMissingDeps) {
    this.#deps = deps;
  }

  load(
    source: Source,
    missing: readonly MissingKey[],
    onLoaded: OnLoaded,
    signal: AbortSignal,
  ): Promise<LoadFailures> {
    const end = this.#deps.clock.elapsed() + source.miss.hardDeadline;
    return fetchMissing(this.#deps, source, missing, end, onLoaded, signal);
  }
}
