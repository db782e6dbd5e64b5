/** The pieces that every role works with, made from the settings. Nothing is connected or started here. */
import { NEVER } from '../core/never.ts';
import { VERSION } from '../core/version.ts';
import { settleBy } from '../flow/deadline.ts';
import { OriginCaller } from '../warming/calls/origin-caller.ts';
import { HistoryReporter } from '../warming/history-reporter.ts';
import type { PartsDeps } from './deps.ts';
import { assembleEntities } from './entities.ts';
import { assembleJobKinds } from './job-kinds.ts';
import { assembleStack } from './stack.ts';
import { assembleStores } from './stores.ts';

export type Parts = ReturnType<typeof assembleParts>;

export function assembleParts(deps: PartsDeps) {
  const { settings, clients, events, clock, random, origins, id } = deps;
  const stores = assembleStores(deps);
  const layers = assembleStack(deps);
  const { stack, memory } = layers;
  const { chunkSize, attempts, outage, backoff, backoffMax, history } = settings.jobs;
  const shared = { ...stores, ...layers, origins, sources: settings.sources, clock, events };
  const originCaller = new OriginCaller({ ...shared, random, outage });
  const historyReporter = new HistoryReporter(shared);
  const entities = assembleEntities({ ...shared, originCaller, settings });
  const base = { ...shared, originCaller, entities };
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
      await settleBy(clock, deadline, Promise.all([givenBack, historyReporter.flush()]));
      await stack.close();
      await Promise.all([...origins.values()].map((origin) => origin.close()));
      await clients.close();
    },
  };
}
