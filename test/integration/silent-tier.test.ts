/** The Redis of a cache is killed, and no other tier has what it had: each door says so, and none takes it for a miss. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { install, start } from '../support/build-installation.ts';
import { runForewarm } from '../support/forewarm-process.ts';
import { startRedisServer } from '../support/redis-server.ts';

async function setup() {
  const installation = await install({ aof: true });
  const cache = await startRedisServer();
  onTestFinished(() => cache.remove());
  const changes = {
    redis: { jobs: installation.server.url, cache: cache.url },
    tiers: { memory: { enabled: false }, disk: { enabled: false } },
  };
  const app = await start(installation, ['api'], changes);
  const config = join(installation.folder, 'forewarm.yaml');
  const { origin, csv } = installation;
  await writeFile(
    config,
    JSON.stringify({
      ...changes,
      origins: { markets: { kind: 'http', url: origin.url } },
      sources: { profile: { origin: 'markets', key: 'profile:{market}', request: { path: '/{market}' } } },
      entities: { markets: { csv, id: 'market' } },
    }),
  );
  return { app, cache, config };
}

test('the API, the command and the health probe name the tier that does not answer', async () => {
  const { app, cache, config } = await setup();
  const call = (path: string, init?: RequestInit) => fetch(`${app.apiUrl}${path}`, init);
  expect((await call('/v1/entries/profile:1')).status).toBe(404);
  expect((await runForewarm(config, ['get', 'profile:1'])).code).toBe(4);
  await cache.kill();
  const got = await call('/v1/entries/profile:1');
  expect([got.status, await got.json()]).toMatchObject([
    503,
    { code: 'E_TIER_UNAVAILABLE', reason: 'unavailable', tiers: [{ tier: 'redis' }] },
  ]);
  const headers = { 'content-type': 'application/json' };
  const batch = await call('/v1/reads', { method: 'POST', headers, body: '{"keys":["profile:1"]}' });
  expect(await batch.json()).toMatchObject({
    entries: [{ state: 'unavailable', tiers: [{ tier: 'redis' }] }],
  });
  const inspection = await (await call('/v1/inspections/profile:1')).json();
  expect(inspection).toMatchObject({ state: 'unavailable', tiers: [{ tier: 'redis', head: null }] });
  const ready = await call('/readyz');
  expect([ready.status, await ready.json()]).toMatchObject([
    503,
    { code: 'E_NOT_READY', detail: expect.stringMatching(/no tier answers: tier "redis"|redis/) },
  ]);
  const codes = await Promise.all(
    [
      ['get', 'profile:1'],
      ['inspect', 'profile:1'],
      ['list', 'key=profile:1'],
      ['check', 'source=profile'],
    ].map(async (args) => (await runForewarm(config, args)).code),
  );
  expect(codes).toEqual([6, 6, 6, 6]);
});
