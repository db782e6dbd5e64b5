/** A loader that stores what the test says, counts its calls, and can be held before it does. */
import type { LoadFailures, MissingKey, MissLoader, OnLoaded } from '../../src/client/misses/miss-loader.ts';
import type { Entry } from '../../src/core/entry.ts';
import type { Source } from '../../src/core/source.ts';
import { abortable } from '../../src/flow/abortable.ts';
import type { Tier } from '../../src/tiers/tier.ts';

export interface ScriptedLoaderDeps {
  readonly tier: Pick<Tier, 'putMany'>;
  /** What a call, the first being 1, loads for a key; undefined when it cannot. */
  readonly entryOf: (key: string, call: number) => Entry | undefined;
  /** What a call waits for before it loads. */
  readonly gate?: () => Promise<void> | undefined;
  /** What it rejects with instead of loading. */
  readonly failure?: () => Error | undefined;
}

export class ScriptedLoader implements MissLoader {
  readonly #deps: ScriptedLoaderDeps;
  readonly #begun = Promise.withResolvers<void>();
  calls = 0;

  constructor(deps: ScriptedLoaderDeps) {
    this.#deps = deps;
  }

  /** The first call has begun. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  async load(
    _: Source,
    missing: readonly MissingKey[],
    onLoaded: OnLoaded,
    signal: AbortSignal,
  ): Promise<LoadFailures> {
    this.calls += 1;
    const call = this.calls;
    this.#begun.resolve();
    const failure = this.#deps.failure?.();
    if (failure !== undefined) throw failure;
    await abortable(signal, Promise.resolve(this.#deps.gate?.()));
    const entries = missing.flatMap(({ key }) => this.#deps.entryOf(key, call) ?? []);
    const puts = entries.map((entry) => ({ kind: 'put', entry }) as const);
    await this.#deps.tier.putMany(puts, signal);
    const loaded = new Set(entries.map(({ head }) => head.key));
    onLoaded([...loaded]);
    return new Map(missing.filter(({ key }) => !loaded.has(key)).map(({ key }) => [key, 'scripted to fail']));
  }
}
