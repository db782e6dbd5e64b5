/** What can be told while the jobs Redis is away: disk has the values, and files say what there should be. */
import { expect, onTestFinished, test } from 'vitest';
import type { App } from '../../src/app/app.ts';
import { install, start } from '../support/build-installation.ts';
import { finished, warm } from '../support/system.ts';

async function warmed(): Promise<{ readonly app: App }> {
  const installation = await install({ aof: true });
  installation.origin.answer((response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"a":1}');
  });
  const worker = await start(installation, ['worker']);
  const { counts } = await finished(worker, await warm(worker));
  expect(counts.warmed).toBe(2);
  await worker.stop(Date.now() + 3_000);
  await installation.server.kill();
  onTestFinished(() => installation.server.start());
  return { app: await start(installation) };
}

test('values are read, inspected, listed and counted from the disk', async () => {
  const { app } = await warmed();
  const { verbs } = app;
  for (const offline of [true, false]) {
    const value = await verbs.get('profile:1', offline);
    expect(value).toMatchObject({ tier: 'disk', head: { key: 'profile:1', freshness: 'fresh' } });
  }
  const inspected = await verbs.inspect('profile:1');
  expect(inspected).toMatchObject({ catalogued: null, params: { market: '1' } });
  expect(inspected.tiers.find(({ tier }) => tier === 'disk')?.head?.freshness).toBe('fresh');
  expect(inspected.tiers.find(({ tier }) => tier === 'redis')?.error).toMatch(/./);
  const page = await verbs.list('', 10, undefined);
  expect(page.entries.map(({ key }) => key).toSorted()).toEqual(['profile:1', 'profile:2']);
  expect(page).toMatchObject({
    cursor: null,
    note: expect.stringContaining('cannot reach the Redis for jobs'),
  });
  expect((await verbs.list('key=profile:2', 10, undefined)).entries).toMatchObject([
    { key: 'profile:2', freshness: 'fresh' },
  ]);
  const coverage = await verbs.check('', 3);
  expect(coverage.tiers.find(({ tier }) => tier === 'disk')).toMatchObject({
    total: 2,
    fresh: 2,
    error: null,
  });
  expect(coverage.tiers.find(({ tier }) => tier === 'redis')?.error).toMatch(/./);
  const demanded = await verbs.check('', 3, { min: '99%' });
  expect(demanded).toMatchObject({
    ...{ verdict: { met: false, unknown: true }, cold: [], sources: [{ warm: 2, unknown: 0 }] },
    unanswered: expect.arrayContaining([expect.stringContaining('cannot reach the Redis for jobs')]),
  });
  expect(JSON.stringify(demanded.verdict)).not.toContain('(0 %)');
});

test('why a key is not warm is not made up', async () => {
  const { app } = await warmed();
  const { reasons } = await app.verbs.check('key=profile:9', 3);
  expect(reasons).toEqual([{ reason: expect.stringContaining('cannot reach the Redis for jobs'), keys: 1 }]);
});

test('a key is explained as far as tiers and files tell', async () => {
  const { app } = await warmed();
  expect(await app.verbs.explain('profile:1')).toMatchObject({ verdict: 'warm', catalogued: null });
  expect(await app.verbs.explain('profile:9')).toMatchObject({
    ...{ verdict: 'unknown', reads: null },
    kept: { cause: 'in-no-set', sentence: expect.stringContaining('did you mean "profile:') },
    delays: [{ cause: 'redis-away', sentence: expect.stringContaining('cannot reach the Redis for jobs') }],
  });
});
