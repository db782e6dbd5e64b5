/** The pieces that every role works with, made from the settings. Nothing is connected or started here. */
import { ForewarmError } from '../core/errors.ts';
import { NEVER } from '../core/never.ts';
import { VERSION } from '../core/version.ts';
import { orAfter } from '../flow/deadline.ts';
import { OriginCaller } from '../warming/calls/origin-caller.ts';
import { HistoryReporter } from '../warming/history-reporter.ts';
import type { PartsDeps } from './deps.ts';
import { assembleEntities } from './entities.ts';
import { assembleJobKinds } from './job-kinds.ts';
import { assembleStack } from './stack.ts';
import { assembleStores } from './stores.ts';

export type Parts = ReturnType<typeof assembleParts>;

/** What closes at once has so many ms, however late it is. */
const LAST_MS = 200;

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
      const left = () => Math.max(0, deadline - clock.now());
      const givenBack = stores.ledger.close().then(() => stores.queue.close());
      const all = Promise.all([givenBack, historyReporter.flush()]).then(() => true);
      const isOver = await orAfter(clock, left(), all, () => false).catch(() => true);
      if (!isOver) events.emit('problem', { where: 'the end of this process', error: notGivenBack() });
      const soon = <T>(work: Promise<T>) => orAfter(clock, Math.max(LAST_MS, left()), work, () => undefined);
      await soon(stack.close());
      await soon(Promise.all([...origins.values()].map((origin) => origin.close())));
      await clients.close(left());
    },
  };
}

function notGivenBack(): ForewarmError {
  return new ForewarmError(
    'E_REDIS_UNAVAILABLE',
    'the jobs Redis did not answer in time; jobs and permits that this process had are free again when their locks and leases run out, and nothing is lost',
  );
}
