/** Pages that follow changes, as the console does, over a real Redis: what they read costs that no more for sixty than for one. */
import { signal } from '@preact/signals';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Loader, type LoadState } from '../../console/src/loader.ts';
import { createClient, type Schedule } from '../../src/api-client/client.ts';
import type { App } from '../../src/app/app.ts';
import { compose } from '../../src/app/compose.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { createSystem, type System, sourcesOf } from '../support/system.ts';
import { until } from '../support/waiting.ts';

const READER = 'token-of-readers';
const OTHER = 'token-of-other-readers';
const OPS = 'token-of-operators';

let server: RedisServer;
let redis: Redis;
let system: System;
let app: App;
let url = '';

beforeAll(async () => {
  server = await startRedisServer();
  redis = new Redis(server.url);
  const tokens = [
    { name: 'readers', token: READER, scopes: ['read'] },
    { name: 'others', token: OTHER, scopes: ['read'] },
    { name: 'ops', token: OPS, scopes: ['read', 'warm'] },
  ];
  const config = {
    redis: { jobs: server.url },
    origins: { markets: { kind: 'http', url: 'http://127.0.0.1:9' } },
    sources: sourcesOf('markets'),
    schedules: { nightly: { cron: '0 0 29 2 *', warm: '' } },
    api: { port: 0, tokens },
  };
  system = await createSystem({ markets: 1, config });
  const settings = await loadSettings({ file: system.config, env: {} });
  app = await compose({ settings, roles: ['api'], env: process.env });
  await app.start();
  url = app.apiUrl ?? '';
});

afterAll(async () => {
  await app?.stop(Date.now() + 1_000);
  await system?.close();
  redis?.disconnect();
  await server?.remove();
});

/** A page that shows the overview and the schedules: by the page's own pacing, with what it saw last. */
function openPage(token: string, leaving: AbortSignal) {
  const api = createClient({ url, token, signal: leaving });
  let seen = '';
  const headers = () => ({ 'last-event-id': seen });
  const schedules = signal<LoadState<readonly Schedule[]>>({ key: 'schedules' });
  const loaders = [
    new Loader('overview', signal({ key: 'overview' }), (own, isBecauseOfChange) =>
      api.readOverview({}, { signal: own, ...(isBecauseOfChange && { headers: headers() }) }),
    ),
    new Loader('schedules', schedules, async (own, isBecauseOfChange) => {
      const options = { signal: own, ...(isBecauseOfChange && { headers: headers() }) };
      return (await api.listSchedules({}, options)).schedules;
    }),
  ];
  const follow = async () => {
    for await (const { id = '' } of api.watchChanges({}, { signal: leaving })) {
      seen = id;
      for (const loader of loaders) loader.poke(true);
    }
  };
  follow().catch(() => undefined);
  leaving.addEventListener('abort', () => loaders.map((loader) => loader.stop()));
  return () => schedules.value.data?.find(({ name }) => name === 'nightly')?.paused?.why;
}

/** How often the overview was read: each reading asks for the size of the one source once. */
async function readings(): Promise<number> {
  const [, calls = '0'] = /cmdstat_zcard:calls=(\d+)/.exec(await redis.info('commandstats')) ?? [];
  return Number(calls);
}

/** Readings for so many pages while something changes three times, once all of them show it. */
async function costOf(pages: number): Promise<number> {
  const leaving = new AbortController();
  const shown = Array.from({ length: pages }, (_, i) =>
    openPage(i % 2 === 0 ? READER : OTHER, leaving.signal),
  );
  const { pauseSchedule } = createClient({ url, token: OPS });
  const change = async (why: string) => {
    await pauseSchedule({ name: 'nightly', body: { why } });
    await until('all pages show it', async () => shown.every((page) => page() === why), Boolean);
  };
  await change(`${pages} pages are open`);
  const before = await readings();
  for (const what of ['first', 'second', 'third']) await change(`the ${what} change for ${pages}`);
  leaving.abort();
  return (await readings()) - before;
}

test('sixty pages that follow the same changes cost Redis what one does', async () => {
  const one = await costOf(1);
  const sixty = await costOf(60);
  expect(one).toBeGreaterThanOrEqual(3);
  // Some of them come late on a busy machine, and need a reading of their own; unshared, each change is read by all.
  expect(sixty).toBeLessThanOrEqual(one * 2);
});
