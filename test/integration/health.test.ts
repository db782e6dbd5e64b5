/** Health of real processes: what each role tells, while Redis is away, while it stops, and where its port is taken. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { PATIENCE } from '../../src/flow/patience.ts';
import { warmRequest } from '../../src/verbs/runs/warm-request.ts';
import { configOf, install, start, writeConfig } from '../support/build-installation.ts';
import { startForewarm } from '../support/forewarm-process.ts';
import { json } from '../support/scripted-server.ts';
import { until } from '../support/waiting.ts';

const HTTP = { http: { port: 0 } };

async function ask(url: string | undefined, path: string) {
  const answer = await fetch(`${url}${path}`);
  const body = await answer.text();
  return { status: answer.status, body, told: path === '/metrics' ? {} : JSON.parse(body) };
}

describe('a process that serves its health', () => {
  test.each([
    ['worker', ['event-loop', 'lane control', 'lane markets']],
    ['scheduler', ['event-loop', 'scheduler']],
    ['api', ['event-loop']],
  ] as const)(
    'as %s tells its own signs and needs, with metrics, and none of it once stopped',
    async (role, signs) => {
      const app = await start(await install({ aof: true }), [role], HTTP);
      const live = await ask(app.httpUrl, '/livez');
      expect(live).toMatchObject({ status: 200, told: { status: 'alive', roles: [role] } });
      expect(live.told.checks.map(({ name }: { name: string }) => name)).toEqual(signs);
      const ready = await ask(app.httpUrl, '/readyz');
      expect(ready).toMatchObject({ status: 200, told: { status: 'ready', silent: [] } });
      expect(ready.told.checks.slice(0, 2)).toEqual([
        { name: 'redis', reason: null },
        { name: 'tiers', reason: null },
      ]);
      expect(await ask(app.httpUrl, '/metrics')).toMatchObject({ status: 200 });
      const url = app.httpUrl;
      await app.stop(Date.now() + 3_000);
      expect(app.httpUrl).toBeUndefined();
      await expect(fetch(`${url}/livez`)).rejects.toThrow();
    },
  );

  test('lives while Redis is away, is not ready, says why, and is ready when it is back', async () => {
    const installation = await install({ aof: true });
    const app = await start(installation, ['worker', 'scheduler', 'api'], HTTP);
    const urls = [app.httpUrl, app.apiUrl];
    const isReady = async () =>
      (await Promise.all(urls.map((url) => ask(url, '/readyz')))).map(({ status }) => status);
    expect(await isReady()).toEqual([200, 200]);
    const counted = /^http_server_request_duration_seconds_count\{.*http_route="\/readyz".*\} [1-9]/m;
    const read = async () => (await ask(app.apiUrl, '/metrics')).body;
    await until('a request that is counted', read, (body) => counted.test(body));
    await installation.server.kill();
    await until('a process that is not ready', isReady, (all) => all.every((status) => status === 503));
    for (const url of urls) {
      expect(await ask(url, '/livez')).toMatchObject({ status: 200, told: { status: 'alive' } });
      expect(await ask(url, '/metrics')).toMatchObject({ status: 200 });
      const redis = {
        name: 'redis',
        reason: expect.stringMatching(/cannot reach the Redis for jobs|no answer within/),
      };
      const late = { name: 'answer', reason: `no answer within ${PATIENCE.health} ms` };
      const [first] = (await ask(url, '/readyz')).told.checks;
      expect([redis, late]).toContainEqual(first);
    }
    await installation.server.start();
    await until('a process that is ready', isReady, (all) => all.every((status) => status === 200));
  });
});

describe('the process of a worker', () => {
  test('drains on SIGTERM: it is not ready, lives, finishes its call, and ends with 0', async () => {
    const installation = await install({ aof: true });
    const answered = Promise.withResolvers<void>();
    installation.origin.answer((response, asked) => {
      void answered.promise.then(() => json({ name: 'One' })(response, asked));
    });
    const called = installation.origin.arrival();
    const config = await writeConfig(installation, { ...configOf(installation, '60s'), ...HTTP });
    const worker = startForewarm(config, ['worker']);
    onTestFinished(async () => void (await worker.end('SIGKILL')));
    const { httpUrl } = await worker.event('started');
    const app = await start(installation);
    await app.verbs.warm(warmRequest.parse({ limit: 1 }), 'cli');
    await called;
    process.kill(worker.pid, 'SIGTERM');
    await worker.event('stopping');
    expect(await ask(String(httpUrl), '/readyz')).toMatchObject({
      status: 503,
      told: { status: 'draining' },
    });
    expect(await ask(String(httpUrl), '/livez')).toMatchObject({ status: 200, told: { status: 'alive' } });
    answered.resolve();
    expect(await worker.end()).toBe(0);
  });

  test('whose port is taken ends with 2, and says which option to change', async () => {
    const installation = await install({ aof: true });
    const first = await start(installation, ['scheduler'], HTTP);
    const port = Number(new URL(first.httpUrl ?? '').port);
    const config = await writeConfig(installation, { ...configOf(installation), http: { port } });
    const second = startForewarm(config, ['worker']);
    expect(await second.end()).toBe(2);
    const said = second.event('started').then(() => '', String);
    expect(await said).toMatch(/E_PORT_TAKEN.*another program listens there; change http.host or http.port/);
  });
});
