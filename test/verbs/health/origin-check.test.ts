import { describe, expect, test } from 'vitest';
import type { App } from '../../../src/app/app.ts';
import { install, start } from '../../support/build-installation.ts';
import { connectRedis } from '../../support/redis.ts';
import { status } from '../../support/scripted-server.ts';

const LIMITED = (url: string) => ({
  markets: { kind: 'http', url, timeout: '1s', rate: '1/s', concurrency: 1 },
});

async function findingOf({ verbs }: App, name = 'origin markets') {
  return (await verbs.doctor()).find((check) => check.name === name);
}

describe('the doctor and origins', () => {
  test('sixty looks by three processes are one call', async () => {
    const installation = await install({ aof: true });
    const { origin } = installation;
    const change = { origins: LIMITED(origin.url) };
    const apps = await Promise.all([1, 2, 3].map(() => start(installation, [], change)));
    const looks = apps.flatMap((app) => Array.from({ length: 20 }, () => findingOf(app)));
    for (const finding of await Promise.all(looks)) expect(finding?.state).toBe('ok');
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
    const finding = await findingOf(app);
    expect(finding?.state).toBe('warning');
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
    const finding = await findingOf(app);
    expect(finding?.state).toBe('warning');
    expect(finding?.finding).toMatch(/^paused .*answered 429/);
    expect(origin.asked).toHaveLength(0);
  });

  test('what a probe finds pauses the origin for everybody, if it asks for that', async () => {
    const installation = await install({ aof: true });
    const { origin } = installation;
    origin.answer(status(429, { 'retry-after': '60' }));
    const app = await start(installation, [], { origins: LIMITED(origin.url) });
    expect((await findingOf(app))?.state).toBe('error');
    const [paused] = (await app.verbs.stats()).origins;
    expect(paused?.pausedUntil).toBeGreaterThan(Date.now() + 50_000);
  });

  test('while the jobs Redis is away one process asks once in ten seconds, and everything else is told', async () => {
    const installation = await install({ aof: true });
    const app = await start(installation, [], { origins: LIMITED(installation.origin.url) });
    await installation.server.kill();
    const first = await app.verbs.doctor();
    const second = await app.verbs.doctor();
    const named = new Map(first.map((check) => [check.name, check]));
    expect(named.get('redis')?.finding).toContain('ECONNREFUSED');
    expect(named.get('origin markets')).toMatchObject({ state: 'ok', finding: 'answers' });
    expect(named.get('tier disk')?.state).toBe('ok');
    expect(named.get('entities markets')?.state).toBe('ok');
    expect(named.get('worker')?.finding).toContain('not known');
    expect(second.find(({ name }) => name === 'origin markets')?.state).toBe('ok');
    expect(installation.origin.asked).toHaveLength(1);
  });
});
