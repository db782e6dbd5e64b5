/** Two workers warm many keys; one of them is killed in the middle, and Redis restarts. */
import { startMarkets } from '../support/markets.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { createSystem, finished, progressed, sourcesOf, unlessAway, warm } from '../support/system.ts';
import { until } from '../support/waiting.ts';
import { type History, readHistory } from './history.ts';

export interface Crash {
  readonly keys: number;
  /** How Redis goes down: asked to, or killed. */
  readonly redisEnds: 'stop' | 'kill';
  /** Mean latency of the origin, in ms, and how many calls it takes at the same time. */
  readonly latency: number;
  readonly concurrency: number;
}

export async function crash({ keys, redisEnds, latency, concurrency }: Crash): Promise<History> {
  await using cleanup = new AsyncDisposableStack();
  const redis = cleanup.adopt(await startRedisServer({ aof: true }), (server) => server.remove());
  const markets = cleanup.adopt(await startMarkets({ latency }), (origin) => origin.stop());
  const config = {
    redis: { jobs: redis.url },
    origins: { markets: { kind: 'http', url: markets.url, concurrency } },
    sources: sourcesOf('markets'),
  };
  const system = cleanup.adopt(await createSystem({ markets: keys, config }), (all) => all.close());
  const [doomed] = await Promise.all([system.start('worker'), system.start('worker')]);
  const client = await system.client();
  const run = await warm(client);
  await progressed(client, run, keys * 0.3);
  await doomed.end('SIGKILL');
  await progressed(client, run, keys * 0.6);
  await redis[redisEnds]();
  await redis.start();
  await until(
    'Redis',
    () => unlessAway(client.verbs.run(run)),
    (view) => view !== undefined,
  );
  const ended = await finished(client, run, keys * 30);
  // A tier that was away while the run ended is repaired a moment later.
  const warmth = async () => (await client.verbs.check('', 0)).tiers.map(({ fresh }) => fresh);
  await until('the repair of the tiers', warmth, (fresh) => fresh.every((count) => count === keys));
  return await readHistory(system, markets, ended, 'profile');
}
