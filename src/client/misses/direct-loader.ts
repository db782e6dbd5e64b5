import type { Outcome } from '../../core/outcome.ts';
import type { Source } from '../../core/source.ts';
import type { WarmTask } from '../../warming/warm-task.ts';
import type { Warmer } from '../../warming/warmer.ts';
import type { MissingKey, MissLoader, OnLoaded } from './miss-loader.ts';

/** After one of these a key can be read. */
const READABLE: ReadonlySet<Outcome> = new Set<Outcome>(['warmed', 'unchanged', 'already-warm']);

/** Fetches missing keys from their origin, in this process, whatever other processes do. */
export class DirectLoader implements MissLoader {
  readonly #warmer: Pick<Warmer, 'warm'>;

  constructor(warmer: Pick<Warmer, 'warm'>) {
    this.#warmer = warmer;
  }

  async load(
    source: Source,
    missing: readonly MissingKey[],
    onLoaded: OnLoaded,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#warmer.warm(warmTask(source, missing, onLoaded, signal));
  }
}

/** What the warmer does for reads: fetches what is not fresh, as part of no run, and reports what can be read now. */
export function warmTask(
  source: Source,
  missing: readonly MissingKey[],
  onLoaded: OnLoaded,
  signal: AbortSignal,
): WarmTask {
  const keys = missing.map(({ key }) => key);
  return {
    source,
    keys,
    params: new Map(missing.flatMap(({ key, params }) => (params === undefined ? [] : [[key, params]]))),
    options: { reason: 'read', since: 0 },
    run: undefined,
    async onEnded(batch) {
      const loaded = batch.filter(({ outcome }) => READABLE.has(outcome));
      if (loaded.length > 0) onLoaded(loaded.map(({ index }) => keys[index] ?? ''));
    },
    signal,
  };
}
