import type { Catalog } from '../../catalog/catalog.ts';
import type { Params, Source } from '../../core/source.ts';
import type { Leases } from './leases.ts';
import type { MissingKey } from './miss-loader.ts';

/** Queues keys for the workers; `urgent` ones before all others. */
export type AskWorkers = (source: Source, keys: readonly string[], urgent: boolean) => Promise<void>;

export interface WorkerRequestsDeps {
  readonly leases: Pick<Leases, 'mark'>;
  readonly catalog: Pick<Catalog, 'remember'>;
  readonly askWorkers: AskWorkers;
}

/** A key that was asked for is not asked for again for this long, by any process, in ms. */
export const ASKED_MS = 10_000;

/** Asks the workers for keys, each once in the cluster: a mark on Redis says that another process has asked already. */
export class WorkerRequests {
  readonly #deps: WorkerRequestsDeps;

  constructor(deps: WorkerRequestsDeps) {
    this.#deps = deps;
  }

  /** Rejects with `E_REDIS_UNAVAILABLE`. */
  async ask(source: Source, wanted: readonly MissingKey[], urgent: boolean): Promise<void> {
    const { leases, catalog, askWorkers } = this.#deps;
    // An urgent request has a mark of its own: it goes ahead of one that can wait.
    const marks = wanted.map(({ key }) => (urgent ? `${key}!` : key));
    const isFirst = await leases.mark(source.name, marks, ASKED_MS);
    const first = wanted.filter((_, i) => isFirst[i] === true);
    if (first.length === 0) return;
    const params = new Map(first.flatMap(paramsOf));
    if (params.size > 0) await catalog.remember(source.name, params);
    const keys = first.map(({ key }) => key);
    await askWorkers(source, keys, urgent);
  }
}

function paramsOf({ key, params }: MissingKey): [string, Params][] {
  return params === undefined ? [] : [[key, params]];
}
