import { describe, expect, test } from 'vitest';
import { CHECKS } from '../../../src/verbs/health/checks.ts';
import { install, start } from '../../support/build-installation.ts';
import { byCheck, findingOf } from '../../support/findings.ts';
import { connectRedis } from '../../support/redis.ts';
import { status } from '../../support/scripted-server.ts';

const LIMITED = (url: string) => ({
  markets: { kind: 'http', url, timeout: '1s', rate: '1/s', concurrency: 1 },
});

describe('the doctor and origins', () => {
  test('sixty looks by three processes are one call', async () => {
    const installation = await install({ aof: true });
    const { origin } = installation;
    const change = { origins: LIMITED(origin.url) };
    const apps = await Promise.all([1, 2, 3].map(() => start(installation, [], change)));
    const looks = apps.flatMap((app) => Array.from({ length: 20 }, () => findingOf(app, 'origin')));
    for (const finding of await Promise.all(looks)) expect(finding?.level).toBe('ok');
    expect(origin.asked).toHaveLength(1);
  });

  test('a probe has a permit: with the budget in use, the origin is not asked', async () => {
    const installation = await install({ aof: true });
    const { origin, server } = installation;
    const app = await start(installation, [], { origins: LIMITED(origin.url) });
    const redis = connectRedis(server.url);
    // Another process holds the only permit.
    const [seconds = '0'] = (await redis.time()).map(String);
    const until = (Number(seconds) + 60) * 1_000;
    await redis.hset('forewarm:{o:markets}:holders', 'another', `1 ${until} 0`);
    redis.disconnect();
    const finding = await findingOf(app, 'origin');
    expect(finding?.level).toBe('warning');
    expect(finding?.finding).toContain('not asked');
    expect(origin.asked).toHaveLength(0);
  });

  test('a paused origin is not asked: how long it is paused and why is said', async () => {
    const installation = await install({ aof: true });
    const { origin, server } = installation;
    const app = await start(installation, [], { origins: LIMITED(origin.url) });
    const redis = connectRedis(server.url);
    await redis.hset('forewarm:{o:markets}:ledger', {
      pausedUntil: String(Date.now() + 600_000),
      reason: 'answered 429',
    });
    redis.disconnect();
    const finding = await findingOf(app, 'origin');
    expect(finding?.level).toBe('warning');
    expect(finding?.finding).toMatch(/^paused .*answered 429/);
    expect(origin.asked).toHaveLength(0);
  });

  test('what a probe finds pauses the origin for everybody, if it asks for that', async () => {
    const installation = await install({ aof: true });
    const { origin } = installation;
    origin.answer(status(429, { 'retry-after': '60' }));
    const app = await start(installation, [], { origins: LIMITED(origin.url) });
    expect((await findingOf(app, 'origin'))?.level).toBe('problem');
    const [paused] = (await app.verbs.stats()).origins;
    expect(paused?.pausedUntil).toBeGreaterThan(Date.now() + 50_000);
  });

  test('while the jobs Redis is away one process asks once in ten seconds, and everything else is told', async () => {
    const installation = await install({ aof: true });
    const app = await start(installation, [], { origins: LIMITED(installation.origin.url) });
    await installation.server.kill();
    const first = await app.verbs.doctor();
    const second = await app.verbs.doctor();
    expect(byCheck(first)).toMatchObject({
      redis: expect.stringContaining('ECONNREFUSED'),
      origin: 'ok: answers',
      'tier tiers.disk': expect.stringMatching(/^ok: /),
      entities: expect.stringMatching(/^ok: /),
    });
    const blind = CHECKS.filter(({ needsJobs }) => needsJobs).map(({ id }) => id);
    expect(first.unexamined.map(({ check }) => check)).toEqual(blind);
    for (const { reason } of first.unexamined) expect(reason).toMatch(/Redis/);
    expect(byCheck(second).origin).toMatch(/^ok: /);
    expect(installation.origin.asked).toHaveLength(1);
  });
});
