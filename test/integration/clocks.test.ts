/** Hosts whose clocks are wrong: freshness, runs and `--force` go by the clock of the jobs Redis. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { runForewarm, startForewarm } from '../support/forewarm-process.ts';
import { uniquePrefix } from '../support/redis.ts';
import { freePort } from '../support/redis-server.ts';
import { startScriptedServer } from '../support/scripted-server.ts';
import { until } from '../support/waiting.ts';

const KEYS = 10;
const MINUTES_5 = 300_000;

interface Place {
  readonly config: string;
  /** How often the origin was asked for a value. */
  readonly calls: () => number;
}

async function place(ttl: string, schedule: string): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-clocks-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const server = await startScriptedServer();
  server.answer((response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"a":1}'));
  const ids = Array.from({ length: KEYS }, (_, i) => `p${i}`);
  await writeFile(join(folder, 'places.csv'), `place\n${ids.join('\n')}\n`);
  const config = join(folder, 'forewarm.yaml');
  const source = { origin: 'api', key: 'v:{place}', request: { path: '/v/{place}' }, temperature: 'hot' };
  const prefix = uniquePrefix();
  const content = {
    data: folder,
    redis: { jobs: inject('redisUrl'), prefix },
    tiers: { redis: { prefix: `${prefix}-values:` }, disk: { path: join(folder, 'cache.db') } },
    temperatures: { hot: { ttl, schedule } },
    origins: { api: { kind: 'http', url: server.url } },
    sources: { v: source },
    entities: { places: { csv: 'places.csv', id: 'place' } },
    api: { port: await freePort() },
  };
  await writeFile(config, JSON.stringify(content));
  return { config, calls: () => server.asked.filter(({ url }) => url.startsWith('/v/')).length };
}

/** The environment of a process on a host whose clock is so far off, in ms. */
function off(ms: number): NodeJS.ProcessEnv {
  const shim = `const now = Date.now; const D = Date;
    globalThis.Date = class extends D { constructor(...a) { a.length === 0 ? super(now() + ${ms}) : super(...a); } };
    Date.now = () => now() + ${ms};`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(shim)}` };
}

describe.each([
  ['slow', -MINUTES_5],
  ['fast', MINUTES_5],
])('on a host whose clock is five minutes %s', (_, ms) => {
  test('`warm` warms, and `warm --force` fetches every key anew', async () => {
    const { config, calls } = await place('1h', '0 0 29 2 *');
    expect((await runForewarm(config, ['warm'], off(ms))).code).toBe(0);
    expect(calls()).toBe(KEYS);
    const { code, stdout } = await runForewarm(config, ['warm', '--force', '--json'], off(ms));
    expect({ code, calls: calls() }).toEqual({ code: 0, calls: 2 * KEYS });
    expect(stdout.toString()).toContain(`"warmed":${KEYS}`);
    expect((await runForewarm(config, ['warm'])).code).toBe(0);
    expect(calls()).toBe(2 * KEYS);
  });

  test('a worker refreshes what is due when it is due', async () => {
    const { config, calls } = await place('4s', '* * * * * *');
    expect((await runForewarm(config, ['warm'])).code).toBe(0);
    const up = startForewarm(config, ['up'], off(ms));
    onTestFinished(async () => void (await up.end('SIGKILL')));
    await up.event('started');
    const began = performance.now();
    await until(
      'three refreshes',
      async () => calls(),
      (count) => count >= 4 * KEYS,
    );
    const seconds = (performance.now() - began) / 1_000;
    // At most once a refresh-ahead point of 3.2 s, and once for what had gone stale by the start.
    expect(calls()).toBeLessThanOrEqual(KEYS * (3 + Math.ceil(seconds / 3)));
    const { stdout } = await runForewarm(config, ['doctor'], off(ms));
    expect(stdout.toString()).toMatch(/clock.*5m/);
  });
});
