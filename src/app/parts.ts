/** The pieces that every role works with, made from the settings. Nothing is connected or started here. */
import { EntitySets } from '../catalog/entities/entities.ts';
import { NEVER } from '../core/never.ts';
import { VERSION } from '../core/version.ts';
import { settleBy } from '../flow/deadline.ts';
import type { PartsDeps } from './deps.ts';
import { assembleJobKinds } from './job-kinds.ts';
import { assembleStack } from './stack.ts';
import { assembleStores } from './stores.ts';

export type Parts = ReturnType<typeof assembleParts>;

export function assembleParts(deps: PartsDeps) {
  const { settings, clients, events, clock, random, origins, id } = deps;
  const stores = assembleStores(deps);
  const layers = assembleStack(deps);
  const { stack, memory } = layers;
  const entities = new EntitySets({ sets: settings.entities, events });
  const base = { ...stores, ...layers, origins, entities, sources: settings.sources, clock, events };
  const { chunkSize, attempts, outage, backoff, backoffMax, history } = settings.jobs;
  const jobs = assembleJobKinds({
    ...base,
    ...{ random, chunkSize, attempts, outage, backoff: { base: backoff, max: backoffMax } },
    ...{ keepRuns: history.keep, maxRunAge: history.maxAge, id, version: VERSION },
  });
  return {
    ...base,
    ...jobs,
    clients,
    memoryUsage: async () => memory?.usage(NEVER),
    /** Permits and jobs that Redis cannot take back by the deadline return to it when their leases and locks expire. */
    async close(deadline: number) {
      const givenBack = stores.ledger.close().then(() => stores.queue.close());
      await settleBy(clock, deadline, givenBack);
      await stack.close();
      await Promise.all([...origins.values()].map((origin) => origin.close()));
      await clients.close();
    },
  };
}
