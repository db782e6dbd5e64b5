import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { HealthItem } from '../../../src/core/health.ts';
import { install, start } from '../../support/build-installation.ts';
import { byCheck } from '../../support/findings.ts';
import { lateness } from '../../support/lateness.ts';
import { freePort } from '../../support/redis-server.ts';
import { startS3Server } from '../../support/s3-server.ts';

function reasonsOf(needs: readonly HealthItem[]): string[] {
  return needs.flatMap(({ reason }) => reason ?? []);
}
/** What they find depends on the machine, and on what else it does. */
const OF_THE_HOST =
  'redis-latency tier-disk-place tier-disk-space memory-limit open-files node-version'.split(' ');

describe('the doctor', () => {
  test('finds nothing wrong with an installation that is well', async () => {
    const installation = await install({ aof: true });
    await start(installation, ['worker', 'scheduler']);
    const app = await start(installation, ['worker', 'scheduler', 'api']);
    const report = await app.verbs.doctor();
    const isOfHost = ({ check }: { readonly check: string }) => OF_THE_HOST.includes(check);
    expect(report.findings.filter((each) => each.level !== 'ok' && !isOfHost(each))).toEqual([]);
    expect(report.unexamined).toEqual([]);
    expect(byCheck(report)).toMatchObject({
      redis: expect.stringMatching(/^ok: version \d+\.\d+\.\d+ at redis:/),
      'redis-eviction': 'ok: noeviction',
      'redis-durability': 'ok: append-only file is on',
      'tier tiers.memory': expect.stringMatching(/^ok: written, read back and removed in [\d.]+ ms$/),
      'tier tiers.redis': expect.stringMatching(/^ok: /),
      'tier tiers.disk': expect.stringMatching(/^ok: /),
      origin: 'ok: answers',
      entities: 'ok: 2 rows, for profile',
      'roles workers': 'ok: 2 running',
      'roles schedulers': 'ok: 2 running',
    });
    expect(await app.verbs.ready()).toEqual({
      needs: [
        { name: 'redis', reason: null },
        { name: 'tiers', reason: null },
      ],
      silent: [],
    });
  });

  test('finds everything that is wrong at once, each with what to do about it', async () => {
    const installation = await install({ aof: false });
    const redis = new Redis(installation.server.url);
    await redis.config('SET', 'maxmemory', '50mb');
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    redis.disconnect();
    await installation.origin.close();
    await writeFile(installation.csv, 'market,name\n1,One\n1,Again\n');
    const others = join(installation.folder, 'users.csv');
    await writeFile(others, 'user\nu1\n');
    const app = await start(installation, [], {
      entities: { markets: { csv: installation.csv, id: 'market' }, users: { csv: others, id: 'user' } },
    });
    const report = await app.verbs.doctor();
    expect(report.level).toBe('problem');
    expect(byCheck(report)).toMatchObject({
      'redis-eviction': 'problem: maxmemory-policy is allkeys-lru: jobs and runs may vanish',
      'redis-durability': 'warning: append-only file is off: a restart of Redis loses queued work',
      'redis-memory': 'warning: jobs and values share a server that is bounded to 52.4 MB',
      origin: expect.stringMatching(/^problem: /),
      'entities entities.markets': expect.stringMatching(/^problem: .*"1" stands twice/),
      'entities entities.users': 'warning: 1 row, for no source',
      'roles workers': 'warning: none is running',
      'roles schedulers': 'warning: none is running',
    });
    for (const { check, level, remedy } of report.findings) {
      if (level === 'ok') expect(remedy, check).toBeNull();
      else expect(remedy, check).toMatch(/\w+/);
    }
  });

  test('reports a tier whose server is away, while the others work', async () => {
    const installation = await install({ aof: true });
    const cache = `redis://127.0.0.1:${await freePort()}`;
    const redis = { jobs: installation.server.url, cache };
    const app = await start(installation, [], { redis });
    const found = byCheck(await app.verbs.doctor());
    expect(found['tier tiers.redis']).toMatch(/^problem: /);
    expect(found['tier tiers.disk']).toMatch(/^ok: /);
    const { needs, silent } = await app.verbs.ready();
    expect([reasonsOf(needs), silent]).toMatchObject([
      [],
      [{ tier: 'redis', reason: expect.stringMatching(/./) }],
    ]);
  });

  test('is not ready when no tier but memory answers, and names the others', async () => {
    const installation = await install({ aof: true });
    const cache = `redis://127.0.0.1:${await freePort()}`;
    const redis = { jobs: installation.server.url, cache };
    const app = await start(installation, ['api'], { redis, tiers: { disk: { enabled: false } } });
    const { needs, silent } = await app.verbs.ready();
    expect(reasonsOf(needs)).toEqual([expect.stringMatching(/^no tier answers: tier "redis"/)]);
    expect(silent).toMatchObject([{ tier: 'redis' }]);
  });

  test('says whether the server of a bucket compares before it writes', async () => {
    for (const compares of [true, false]) {
      const s3 = await startS3Server({ compares });
      const installation = await install({ aof: true });
      onTestFinished(() => s3.remove());
      const app = await start(installation, [], { tiers: { s3: { enabled: true, ...s3.options } } });
      const found = byCheck(await app.verbs.doctor());
      expect(found['tier tiers.s3']).toMatch(/^ok: written, read back and removed/);
      expect(found['tier-s3-writes']).toMatch(
        compares ? /^ok: the server compares/ : /^warning: the server ignores If-Match/,
      );
    }
  });

  test('returns in bounded time when the Redis for jobs is away, and the process is not ready', async () => {
    const installation = await install({ aof: true });
    const app = await start(installation);
    await installation.server.kill();
    const [began, late] = [performance.now(), lateness()];
    const found = byCheck(await app.verbs.doctor());
    expect(performance.now() - began - late()).toBeLessThan(8_000);
    expect(found.redis).toMatch(/^problem: cannot reach the Redis for jobs at redis:.*/);
    expect(found.origin).toBe('ok: answers');
    expect(reasonsOf((await app.verbs.ready()).needs)).toEqual([
      expect.stringContaining('cannot reach the Redis for jobs'),
    ]);
    await installation.server.start();
  });
});
