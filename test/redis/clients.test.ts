import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Events } from '../../src/core/events.ts';
import { NEVER } from '../../src/core/never.ts';
import { openRedis } from '../../src/redis/clients.ts';
import { RedisTier } from '../../src/tiers/redis/redis-tier.ts';
import { EventLog } from '../support/event-log.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { freePort, startRedisServer } from '../support/redis-server.ts';
import { GOOD, loadText } from '../support/settings.ts';
import { until } from '../support/waiting.ts';

async function open(redis: { readonly jobs: string; readonly cache?: string }) {
  const events = new Events();
  const log = new EventLog(events, ['problem', 'redis:recovered']);
  const settings = await loadText(`${GOOD}redis: ${JSON.stringify(redis)}\n`);
  const clients = await openRedis({ settings, env: {}, events, clock: systemClock });
  onTestFinished(() => clients.close());
  return { clients, log };
}

async function server() {
  const started = await startRedisServer();
  onTestFinished(() => started.remove());
  return started;
}

describe('the connections of a process', () => {
  test('reach the jobs Redis, which also holds the values unless another server is named', async () => {
    const { url } = await server();
    const { clients } = await open({ jobs: url });
    await clients.jobs.set('k', '1');
    expect(await clients.cache.get('k')).toBe('1');
    const extra = clients.connect();
    expect(await extra.get('k')).toBe('1');
    extra.disconnect();
  });

  test('keep values on a server of their own', async () => {
    const [jobs, cache] = [await server(), await server()];
    const { clients } = await open({ jobs: jobs.url, cache: cache.url });
    await clients.jobs.set('k', '1');
    expect(await clients.cache.get('k')).toBeNull();
  });

  test('do without the cache Redis until it comes: a call fails at once, and is reported', async () => {
    const jobs = await server();
    const cache = await server();
    await cache.stop();
    const { clients, log } = await open({ jobs: jobs.url, cache: cache.url });
    await expect(clients.cache.get('k')).rejects.toThrow();
    expect(log.seen).toMatchObject([
      { payload: { where: expect.stringMatching(/^the Redis for the cache at /) } },
    ]);
    await cache.start();
    const status = async () => clients.cache.status;
    await until('the connection', status, (is) => is === 'ready');
    expect(await clients.cache.get('k')).toBeNull();
  });

  test('say why they are not there, and not only that nothing can be sent', async () => {
    const [jobs, cache] = [await server(), await server()];
    const { clients } = await open({ jobs: jobs.url, cache: cache.url });
    const tier = new RedisTier({ prefix: 'x:', redis: clients.cache, events: new Events() });
    const admin = new Redis(cache.url);
    onTestFinished(() => admin.disconnect());
    await admin.config('SET', 'requirepass', 'another');
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    const reason = () =>
      tier.getMany(['k'], 'entry', NEVER).then(
        () => 'it answered',
        (error: Error) => error.message,
      );
    const said = await until('the refusal', reason, (words) => words.includes('NOAUTH'));
    expect(said).toMatch(
      /^tier "redis" did not answer: cannot reach the Redis for the cache at redis:.*: NOAUTH.*; it asks for a password; write it into `redis.cache`/,
    );
    await admin.config('SET', 'requirepass', '');
    await until('the connection', reason, (words) => words === 'it answered');
  });

  test('for jobs wait for a server that restarts, and send the command again', async () => {
    const jobs = await server();
    const { clients, log } = await open({ jobs: jobs.url });
    await jobs.kill();
    const waiting = clients.jobs.ping();
    await until(
      'the failure',
      async () => log.seen.length,
      (problems) => problems > 0,
    );
    expect(log.seen.map(({ name }) => name)).not.toContain('redis:recovered');
    await jobs.start();
    expect(await waiting).toBe('PONG');
    const last = await until(
      'its return',
      async () => log.seen.at(-1),
      (seen) => seen?.name === 'redis:recovered',
    );
    expect(last).toMatchObject({ payload: { where: expect.stringMatching(/^the Redis for jobs at /) } });
  });

  test('that cannot be made are refused, and the password is not shown', async () => {
    const url = `redis://user:secret@127.0.0.1:${await freePort()}`;
    const refused = await open({ jobs: url }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'E_REDIS_UNAVAILABLE' });
    expect(String(refused)).toContain('redis://[redacted]@127.0.0.1');
    expect(String(refused)).not.toContain('secret');
  });

  test.each(['jobs', 'a database its user may not choose'])(
    'use no database but the one that was named, also when the server refuses it: %s',
    async (which) => {
      const { url } = await server();
      const admin = new Redis(url);
      onTestFinished(() => admin.disconnect());
      const isForbidden = which !== 'jobs';
      if (isForbidden) await admin.acl('SETUSER', 'u', 'on', '>pw', '~*', '+@all', '-select');
      const named = isForbidden ? `${url.replace('://', '://u:pw@')}/3` : `${url}/99`;
      const refused = await open({ jobs: named }).catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: 'E_REDIS_UNAVAILABLE' });
      expect(String(refused)).toMatch(isForbidden ? /'select' command/ : /DB index is out of range.*number/);
      const { clients, log } = await open({ jobs: url, cache: named });
      await expect(clients.cache.set('k', '1')).rejects.toThrow();
      const about = {
        where: expect.stringMatching(/^the Redis for the cache at /),
        error: { cause: { command: { name: 'select' } } },
      };
      expect(log.seen.map(({ payload }) => payload)).toMatchObject(log.seen.map(() => about));
      expect(log.seen).not.toEqual([]);
      expect(await admin.dbsize()).toBe(0);
    },
  );

  test('are closed in the time there is, whatever a server that hangs does', async () => {
    const started = await server();
    const clock = new FakeClock();
    const settings = await loadText(`${GOOD}redis: { jobs: "${started.url}" }\n`);
    const clients = await openRedis({ settings, env: {}, events: new Events(), clock });
    started.freeze();
    const closed = clients.close(100);
    await clock.advance(100);
    await closed;
    const statuses = async () => [clients.jobs.status, clients.cache.status];
    await until('the end of both', statuses, (all) => all.every((is) => is === 'end'));
  });

  test('are closed idempotently', async () => {
    const { url } = await server();
    const { clients } = await open({ jobs: url });
    await clients.close();
    await clients.close();
    const statuses = async () => [clients.jobs.status, clients.cache.status];
    await until('the end of both', statuses, (all) => all.every((is) => is === 'end'));
  });
});
