import type { Clock } from '../../core/clock.ts';
import type { Source } from '../../core/source.ts';
import type { Stack } from '../../tiers/stack/stack.ts';
import { LoadPoller } from './load-poller.ts';
import type { LoadFailures, MissingKey, MissLoader, OnLoaded } from './miss-loader.ts';
import type { WorkerRequests } from './worker-requests.ts';

export interface WorkerLoaderDeps {
  readonly stack: Stack;
  readonly requests: Pick<WorkerRequests, 'ask'>;
  readonly clock: Clock;
}

/** Asks the workers for missing keys, before all other work, and looks into the tiers until they have loaded them. */
export class WorkerLoader implements MissLoader {
  readonly #deps: WorkerLoaderDeps;

  constructor(deps: WorkerLoaderDeps) {
    this.#deps = deps;
  }

  async load(
    source: Source,
    missing: readonly MissingKey[],
    onLoaded: OnLoaded,
    signal: AbortSignal,
  ): Promise<LoadFailures> {
    const { requests, stack, clock } = this.#deps;
    await requests.ask(source, missing, true);
    const poller = new LoadPoller({ stack, clock, patience: source.miss.hardDeadline });
    let open = missing;
    while (open.length > 0) {
      const look = await poller.next(open, signal);
      if (look === undefined) break;
      if (look.loaded.length > 0) onLoaded(look.loaded);
      open = look.missing;
    }
    const late = `the workers did not bring it within ${source.miss.hardDeadline} ms`;
    return new Map(open.map(({ key }) => [key, late]));
  }
}
