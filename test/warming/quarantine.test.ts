import { describe, expect, onTestFinished, test } from 'vitest';
import { QUARANTINE } from '../../src/catalog/catalog.ts';
import { HttpOrigin } from '../../src/origins/http/http-origin.ts';
import { httpOriginOptions, httpRequestOptions } from '../../src/origins/http/options.ts';
import { buildJobs } from '../support/build-jobs.ts';
import { drive } from '../support/fake-clock.ts';
import { failing } from '../support/scripted-origin.ts';
import { startScriptedServer } from '../support/scripted-server.ts';
import { keysOf, sourceWith } from '../support/sources.ts';
import { warm } from './warm.steps.ts';

const KEY = 'profile:m0';
const KEYS = [KEY, 'profile:m1'];

type Jobs = ReturnType<typeof buildJobs>;

/** The first key has failed so many times in a row. */
async function withFailures(times: number): Promise<Jobs> {
  const jobs = buildJobs();
  await jobs.catalog.track('profile', KEYS, jobs.clock.now());
  for (let n = times; n > 0; n -= 1) {
    const at = jobs.clock.now() - n;
    const failure = { outcome: 'failed', reason: 'status 500', at } as const;
    await jobs.catalog.settle('profile', [{ key: KEY, dueAt: at, failure }]);
  }
  return jobs;
}

const run = (jobs: Jobs, reason: 'run' | 'force' | 'due' | 'read') =>
  warm(jobs, { keys: KEYS, options: { reason, since: 0 } });

const recordOf = async (jobs: Jobs) => (await jobs.catalog.get('profile', [KEY]))[0];

describe('a key in quarantine', () => {
  test('is left out by a run, which says why, and keeps the others', async () => {
    const jobs = await withFailures(QUARANTINE.after);
    const { ended } = await run(jobs, 'run');
    expect(ended).toEqual({ [KEY]: 'excluded: in quarantine: status 500', 'profile:m1': 'warmed' });
    expect((await recordOf(jobs))?.failure?.quarantined).toBe(true);
    expect(jobs.origin.asked).not.toContain(KEY);
  });

  test.each(['force', 'due', 'read'] as const)(
    'is asked for by %s, and is free again when it is answered',
    async (reason) => {
      const jobs = await withFailures(QUARANTINE.after);
      expect((await run(jobs, reason)).ended).toMatchObject({ [KEY]: 'warmed' });
      expect((await recordOf(jobs))?.failure).toBeUndefined();
    },
  );

  test('is not one that failed once less often', async () => {
    const jobs = await withFailures(QUARANTINE.after - 1);
    expect((await run(jobs, 'run')).ended).toMatchObject({ [KEY]: 'warmed' });
  });

  test('is released from calls that were under way as well: their failures do not count', async () => {
    const jobs = await withFailures(QUARANTINE.after);
    jobs.origin.answer(failing('permanent', 'status 500'));
    const held = jobs.origin.hold();
    const running = run(jobs, 'force');
    await held.arrived();
    await jobs.clock.advance(5);
    const now = jobs.clock.now();
    await jobs.catalog.settle('profile', [{ key: KEY, dueAt: now, released: true }]);
    await jobs.clock.advance(5);
    held.release();
    expect((await running).ended[KEY]).toBe('failed: status 500');
    expect(await recordOf(jobs)).toMatchObject({ dueAt: now, failure: undefined });
  });

  test('stays in the catalog, due when its time has come', async () => {
    const jobs = await withFailures(QUARANTINE.after);
    jobs.origin.answer(failing('permanent', 'status 500'));
    const before = (await recordOf(jobs))?.dueAt ?? 0;
    expect(before).toBeGreaterThan(jobs.clock.now() + QUARANTINE.retryMs - 1_000);
    await jobs.clock.advance(QUARANTINE.retryMs);
    await run(jobs, 'due');
    expect(await recordOf(jobs)).toMatchObject({ failure: { quarantined: true, count: 11 } });
    expect((await recordOf(jobs))?.dueAt).toBeGreaterThanOrEqual(
      jobs.clock.now() + QUARANTINE.retryMs - 1_000,
    );
  });
});

/** Jobs that fetch from a real HTTP server, and a tick's look at some keys. */
async function withServer() {
  const server = await startScriptedServer();
  const options = httpOriginOptions.parse({ kind: 'http', url: server.url });
  const source = sourceWith({ request: httpRequestOptions.parse({ path: '/{market}' }) });
  const jobs = buildJobs({ sources: [source], outage: 60_000 });
  const origin = new HttpOrigin({ name: 'markets', options, clock: jobs.clock });
  onTestFinished(() => origin.close());
  jobs.origin.answer((requests, of, signal) => origin.fetchMany(of, requests, signal));
  const keys = keysOf(20);
  await jobs.catalog.track('profile', keys, jobs.clock.now());
  const context = { id: 'tick', attempt: 1, signal: new AbortController().signal };
  const refresh = async () => {
    await drive(jobs.clock, jobs.refresh.run({ step: 'warm', source: 'profile', keys }, context));
    await jobs.clock.advance(61_000);
  };
  const counts = async () =>
    (await jobs.catalog.get('profile', keys)).map((record) => record?.failure?.count ?? 0);
  return { server, jobs, refresh, counts, keys };
}

describe('keys of an origin that answers nobody', () => {
  test('are not in quarantine after one "slow down" that was answered for a few of them', async () => {
    const { server, refresh, counts, jobs, keys } = await withServer();
    server.answer((response) => response.writeHead(429, { 'retry-after': '3600' }).end());
    for (let n = 0; n < 5; n += 1) await refresh();
    expect(server.asked.length).toBeLessThan(keys.length);
    expect(new Set(await counts())).toEqual(new Set([0]));
    const [record] = await jobs.catalog.get('profile', keys);
    expect(record?.failure).toMatchObject({ reason: expect.stringContaining('429'), quarantined: false });
  });

  test('are not either when it is down, and each call that was made fails', async () => {
    const { server, refresh, counts } = await withServer();
    await server.close();
    for (let n = 0; n < 5; n += 1) await refresh();
    expect(new Set(await counts())).toEqual(new Set([0]));
  });

  test('are counted when it answers each of them, and fails it', async () => {
    const { server, refresh, counts } = await withServer();
    server.answer((response) => response.writeHead(422).end());
    for (let n = 0; n < 2; n += 1) await refresh();
    expect(new Set(await counts())).toEqual(new Set([2]));
  });
});
