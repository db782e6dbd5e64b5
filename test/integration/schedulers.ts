/** Three schedulers fire a schedule each second; one of them is killed in the middle. */
import type { RunView } from '../../src/verbs/runs/run-shapes.ts';
import { startMarkets } from '../support/markets.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { createSystem, finished, sourcesOf } from '../support/system.ts';
import { until } from '../support/waiting.ts';

export interface Ticking {
  /** The runs of the schedule, oldest first. */
  readonly runs: readonly RunView[];
  /** How often the origin was asked for each key. */
  readonly calls: Readonly<Record<string, number>>;
}

const EACH_SECOND = { cron: '* * * * * *', warm: { sources: 'profile' }, force: true, overlap: 'allow' };

export async function tick(seconds: number): Promise<Ticking> {
  await using cleanup = new AsyncDisposableStack();
  const redis = cleanup.adopt(await startRedisServer({ aof: true }), (server) => server.remove());
  const markets = cleanup.adopt(await startMarkets(), (origin) => origin.stop());
  const config = {
    redis: { jobs: redis.url },
    origins: { markets: { kind: 'http', url: markets.url } },
    sources: sourcesOf('markets'),
    schedules: { each: EACH_SECOND },
  };
  const system = cleanup.adopt(await createSystem({ markets: 3, config }), (all) => all.close());
  const client = await system.client();
  const [doomed, ...others] = await Promise.all([
    ...['scheduler', 'scheduler', 'scheduler', 'worker'].map((role) => system.start(role)),
  ]);
  const runs = async () => (await client.verbs.runs(500, undefined)).runs;
  const fired = (count: number) => until(`tick ${count}`, runs, (all) => all.length >= count);
  await fired(Math.ceil(seconds / 2));
  await doomed?.end('SIGKILL');
  await fired(seconds);
  // What the killed one had claimed is taken over only after its lease, by a scheduler that is still there. Meanwhile there are
  // always newer seconds, some of which are on their way.
  const last = Math.max(...nominalsOf(await runs()));
  await until('every second', runs, (all) => isWhole(nominalsOf(all).filter((nominal) => nominal <= last)));
  await Promise.all(others.slice(0, 2).map((scheduler) => scheduler.end('SIGINT')));
  const ended = (await runs()).map(({ id }) => finished(client, id));
  const all = await Promise.all(ended);
  const calls = (await markets.counters({ keys: true })).callsPerKey ?? {};
  return { runs: all.toSorted((a, b) => (a.nominal ?? 0) - (b.nominal ?? 0)), calls };
}

const nominalsOf = (runs: readonly RunView[]) => runs.map(({ nominal }) => nominal ?? 0);

/** No second between the first and the last is missing. */
function isWhole(nominals: readonly number[]): boolean {
  return Math.max(...nominals) - Math.min(...nominals) <= (nominals.length - 1) * 1_000;
}

/** What is wrong: a second that was left out or ran twice, a run that did not end well, calls that nobody scheduled. */
export function missteps({ runs, calls }: Ticking): string[] {
  const found: string[] = [];
  for (const [i, run] of runs.entries()) {
    const before = runs[i - 1]?.nominal ?? null;
    const step = before === null ? 1_000 : (run.nominal ?? 0) - before;
    if (step !== 1_000) found.push(`${run.id} is named ${step} ms after the one before`);
    if (run.endedReason !== 'finished') found.push(`${run.id} is ${run.endedReason ?? run.state}`);
  }
  for (const [key, count] of Object.entries(calls)) {
    if (count > runs.length) found.push(`${key} was fetched ${count} times in ${runs.length} runs`);
  }
  return found;
}
