import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { App } from '../../src/app/app.ts';
import { compose } from '../../src/app/compose.ts';
import { systemClock } from '../../src/core/clock.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { EventLog } from '../support/event-log.ts';
import { type Markets, startMarkets } from '../support/markets.ts';
import { until } from '../support/waiting.ts';
import { type Changes, configOf, newPlace, openReader, type Place, PROFILE } from './reader.steps.ts';

const [NEW_YORK, LOS_ANGELES] = ['5128581', '5368361'];

let markets: Markets;
beforeAll(async () => {
  markets = await startMarkets();
});
afterAll(() => markets.stop());

function requesting(source: Changes = {}): Changes {
  return {
    origins: { markets: { kind: 'http', url: markets.url } },
    sources: { profile: { ...PROFILE, miss: 'request', ...source } },
    temperatures: { warm: { schedule: '0 0 29 2 *', recover: '0' } },
  };
}

/** A worker of this place, in this process; stopped when the test ends. */
async function startWorker(place: Place, changes: Changes): Promise<App> {
  const settings = await loadSettings({ config: configOf(place, changes), env: {} });
  const app = await compose({ settings, roles: ['worker'], env: {} });
  onTestFinished(() => app.stop(systemClock.now() + 5_000));
  await app.start();
  return app;
}

test('what a reader cannot fetch is fetched by a worker while it waits', async () => {
  const place = newPlace();
  const config = requesting();
  await startWorker(place, config);
  const unable = { ...config, origins: { markets: { kind: 'http', url: 'http://127.0.0.1:1' } } };
  const reader = await openReader(place, unable);
  const found = await reader.getMany([
    `profile:${NEW_YORK}`,
    `profile:${LOS_ANGELES}`,
    `profile:${NEW_YORK}`,
  ]);
  expect(found).toMatchObject([{ market: NEW_YORK }, { market: LOS_ANGELES }, { market: NEW_YORK }]);
});

test('readers of several processes ask the workers once', async () => {
  const place = newPlace();
  const config = requesting({ hardDeadline: '10s' });
  const readers = [await openReader(place, config), await openReader(place, config)];
  const reads = readers.flatMap((reader) =>
    Array.from({ length: 20 }, () => reader.get(`profile:${NEW_YORK}`)),
  );
  const app = await startWorker(place, config);
  const log = new EventLog(app.events, ['job:ended']);
  for (const value of await Promise.all(reads)) expect(value).toMatchObject({ market: NEW_YORK });
  const stats = await app.verbs.stats();
  expect(stats.lanes.find(({ lane }) => lane === 'markets')).toMatchObject({ waiting: 0, delayed: 0 });
  expect(log.seen.length).toBeLessThanOrEqual(1);
});

test('a read without a worker is a miss at the hard deadline', async () => {
  const reader = await openReader(newPlace(), requesting({ hardDeadline: '150ms' }));
  expect(await reader.get(`profile:${NEW_YORK}`)).toBeUndefined();
});

test('a value that is due is read at once, and refreshed by a worker', async () => {
  const place = newPlace();
  const config = requesting({ miss: 'none', ttl: '1h', refreshAhead: '0.0001%' });
  const readers = [await openReader(place, config), await openReader(place, config)];
  const [reader] = readers;
  await reader?.set(`profile:${NEW_YORK}`, { market: 'old' });
  const app = await startWorker(place, config);
  const log = new EventLog(app.events, ['job:started']);
  await Promise.all(
    readers.map((each) => until('the due value', () => each.get(`profile:${NEW_YORK}`), Boolean)),
  );
  const market = async () => (await reader?.get<{ market: string }>(`profile:${NEW_YORK}`))?.market;
  await until('the new value', market, (now) => now === NEW_YORK);
  expect(log.seen.length).toBeLessThanOrEqual(2);
});
