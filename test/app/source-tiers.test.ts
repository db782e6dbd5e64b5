/** A source that names its tiers, in a whole installation with a bucket. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { warmRequest } from '../../src/verbs/runs/warm-request.ts';
import { install, start } from '../support/build-installation.ts';
import { startS3Server } from '../support/s3-server.ts';
import { json } from '../support/scripted-server.ts';
import { until } from '../support/waiting.ts';

test('a source that names its tiers is warm in those, and read back from the bucket when Redis has lost it', async () => {
  const s3 = await startS3Server({ compares: true });
  onTestFinished(() => s3.remove());
  const installation = await install({ aof: true });
  const cache = await install({ aof: false });
  installation.origin.answer(json({ name: 'One' }));
  const path = join(installation.folder, 'cache.db');
  const profile = { origin: 'markets', key: 'profile:{market}', request: { path: '/{market}' } };
  const app = await start(installation, ['worker', 'api'], {
    redis: { jobs: installation.server.url, cache: cache.server.url },
    tiers: { disk: { path }, s3: { enabled: true, ...s3.options } },
    sources: { profile: { ...profile, tiers: ['redis', 's3'] } },
  });
  const { run } = await app.verbs.warm(warmRequest.parse({}), 'cli');
  const view = await until(
    'the end',
    () => app.verbs.run(run.id),
    ({ state }) => state === 'ended',
  );
  expect(view.counts).toMatchObject({ warmed: 2 });
  expect(view.coverage).toMatchObject({
    ...{ redis: { warm: 2, total: 2 }, s3: { warm: 2, total: 2 } },
    ...{ disk: { warm: 0, total: 0 }, memory: { warm: 0, total: 0 } },
  });
  const report = await app.verbs.check('', 10);
  expect(report.tiers.map(({ tier, total, missing }) => [tier, total, missing])).toEqual([
    ...[
      ['memory', 0, 0],
      ['redis', 2, 0],
      ['disk', 0, 0],
      ['s3', 2, 0],
    ],
  ]);
  if (existsSync(path)) {
    const db = new DatabaseSync(path, { readOnly: true });
    expect(db.prepare("SELECT count(*) AS keys FROM entries WHERE key LIKE 'profile:%'").get()).toEqual({
      keys: 0,
    });
    db.close();
  }
  expect(s3.asked).toContain('PUT /tests/forewarm/profile:1');
  const redis = new Redis(cache.server.url);
  await redis.flushall();
  redis.disconnect();
  const calls = installation.origin.asked.length;
  const answer = await fetch(`${app.apiUrl}/v1/entries/profile:1`);
  expect(await answer.text()).toContain('One');
  expect(installation.origin.asked.length).toBe(calls);
});
