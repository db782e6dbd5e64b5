import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Events } from '../../src/core/events.ts';
import { Errand, offErrand } from '../../src/flow/errand.ts';
import { openRedis } from '../../src/redis/clients.ts';
import { reply } from '../../src/redis/reply.ts';
import { lateness } from '../support/lateness.ts';
import { connectRedis } from '../support/redis.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { GOOD, loadText } from '../support/settings.ts';
import { until } from '../support/waiting.ts';

/** What an errand may take at the most: a reconnect, a ping and a reply. */
const BOUND_MS = 5_000;

async function setup(more: readonly string[] = []) {
  const server = await startRedisServer({ more });
  onTestFinished(() => server.remove());
  const settings = await loadText(`${GOOD}redis: { jobs: "${server.url}" }\n`);
  const first = { patience: 2_000, needs: 'a start' } as const;
  const deps = { settings, env: {}, events: new Events(), clock: systemClock, first };
  const clients = await openRedis(deps);
  onTestFinished(() => clients.close());
  return { server, jobs: clients.jobs };
}

/** What an errand comes to, and how long it took. */
async function errand<T>(work: () => Promise<T>, own = new Errand()) {
  const [began, late] = [performance.now(), lateness()];
  const answer: { value?: T; error?: { code: string; message: string } } = await own
    .run(() => reply(work()))
    .then(
      (value) => ({ value }),
      (error) => ({ error }),
    );
  own.end();
  return { ...answer, ms: performance.now() - began - late() };
}

async function keysOf(url: string): Promise<string[]> {
  const redis = connectRedis(url);
  try {
    return await redis.keys('*');
  } finally {
    redis.disconnect();
  }
}

describe('a command on an errand', () => {
  test('is done as any other while the server is there', async () => {
    const { jobs } = await setup();
    expect(await errand(() => jobs.set('a', '1'))).toMatchObject({ value: 'OK' });
    const piped = await errand(async () => (await jobs.pipeline().get('a').incr('b').exec()) ?? []);
    expect(piped).toMatchObject({
      value: [
        [null, '1'],
        [null, 1],
      ],
    });
    const all = await errand(() => Promise.all([jobs.get('a'), jobs.multi().incr('b').get('a').exec()]));
    expect(all).toMatchObject({
      value: [
        '1',
        [
          [null, 2],
          [null, '1'],
        ],
      ],
    });
  });

  test('is refused within its bound while the server is gone, and not done when that is back', async () => {
    const { server, jobs } = await setup();
    await server.kill();
    const [one, piped] = await Promise.all([
      errand(() => jobs.set('a', '1')),
      errand(() => jobs.pipeline().set('b', '1').set('c', '1').exec()),
    ]);
    expect(one).toMatchObject({ error: { code: 'E_REDIS_UNAVAILABLE' } });
    expect(one.error?.message).toMatch(/ECONNREFUSED.*start it, or change redis.jobs/);
    expect(one.ms).toBeLessThan(BOUND_MS);
    expect(piped.ms).toBeLessThan(BOUND_MS);
    await server.start();
    await until(
      'the connection',
      async () => jobs.status,
      (status) => status === 'ready',
    );
    expect(await jobs.ping()).toBe('PONG');
    expect(await keysOf(server.url)).toEqual([]);
  });

  test('is refused within its bound while the server hangs, and not done when that goes on', async () => {
    const { server, jobs } = await setup();
    server.freeze();
    const results = await Promise.all([
      errand(() => jobs.set('a', '1')),
      errand(() => jobs.get('a')),
      errand(async () => jobs.multi().set('b', '1').set('c', '1').exec()),
    ]);
    for (const { error, ms } of results.slice(0, 2)) {
      expect(error).toMatchObject({ code: 'E_REDIS_UNAVAILABLE' });
      expect(error?.message).toContain('no answer within 2 s');
      expect(ms).toBeLessThan(BOUND_MS);
    }
    server.thaw();
    expect(await jobs.ping()).toBe('PONG');
    expect(await keysOf(server.url)).toEqual([]);
  });

  test('is not sent again when its connection is lost; work that nobody waits for is', async () => {
    const { server, jobs } = await setup();
    const other = connectRedis(server.url);
    onTestFinished(() => other.disconnect());
    // The server holds writes back, so both are under way when the connection goes.
    await other.call('CLIENT', 'PAUSE', '600000', 'WRITE');
    const own = new Errand();
    const lost = errand(() => jobs.incr('n'), own);
    await jobs.ping();
    const kept = offErrand(() => jobs.incr('kept'));
    jobs.stream.destroy();
    expect(await lost).toMatchObject({ error: { code: 'E_REDIS_UNAVAILABLE' } });
    await other.call('CLIENT', 'UNPAUSE');
    expect(await kept).toBeGreaterThanOrEqual(1);
    expect(Number(await other.get('n'))).toBeLessThanOrEqual(1);
  });

  test('waits for a connection that is made anew soon', async () => {
    const { jobs } = await setup();
    jobs.stream.destroy();
    await until(
      'the end of the connection',
      async () => jobs.status,
      (status) => status !== 'ready',
    );
    expect(await errand(() => jobs.set('a', '1'))).toMatchObject({ value: 'OK' });
  });

  test('is not done once its errand was given up, nor what an errand on that one asks', async () => {
    const { server, jobs } = await setup();
    const own = new Errand();
    const inner = own.run(() => new Errand());
    own.giveUp(new Error('the caller left'));
    const answers = [
      await errand(() => jobs.set('a', '1'), own),
      await errand(() => jobs.set('b', '1'), inner),
    ];
    for (const answer of answers) expect(answer.error?.message).toContain('the caller left');
    expect(await keysOf(server.url)).toEqual([]);
  });

  test('binds nothing once its errand ended well', async () => {
    const own = new Errand();
    const later = own.run(() => Promise.resolve().then(() => Errand.current()));
    own.end();
    expect(await later).toBeUndefined();
  });
});

describe('the error of a server that refuses', () => {
  test.each([
    ['it is a replica', async (url: string) => void (await admin(url, ['REPLICAOF', '127.0.0.1', '1']))],
    [
      'its memory is full',
      async (url: string) => void (await admin(url, ['CONFIG', 'SET', 'maxmemory', '1'])),
    ],
    [
      'it has too few replicas',
      async (url: string) => void (await admin(url, ['CONFIG', 'SET', 'min-replicas-to-write', '1'])),
    ],
    [
      'this user may not do that',
      async (url: string) => void (await admin(url, ['ACL', 'SETUSER', 'default', '-set'])),
    ],
    [
      'it asks for a password',
      async (url: string) => void (await admin(url, ['CONFIG', 'SET', 'requirepass', 'secret'])),
    ],
  ])('says that %s', async (words, spoil) => {
    const { server, jobs } = await setup();
    await spoil(server.url);
    if (words.includes('password')) jobs.stream.destroy();
    const { error, ms } = await errand(() => jobs.set('a', '1'));
    expect(error).toMatchObject({ code: 'E_REDIS_UNAVAILABLE' });
    expect(error?.message).toContain(words);
    expect(ms).toBeLessThan(BOUND_MS);
  });

  test('that was a replica goes away with the connection, which is made anew', async () => {
    const { server, jobs } = await setup();
    await admin(server.url, ['REPLICAOF', '127.0.0.1', '1']);
    const before = jobs.stream;
    await errand(() => jobs.set('a', '1'));
    await until('another connection', async () => jobs.status === 'ready' && jobs.stream !== before, Boolean);
  });
});

async function admin(url: string, [name = '', ...args]: readonly string[]): Promise<unknown> {
  const redis = connectRedis(url);
  try {
    return await redis.call(name, ...args);
  } finally {
    redis.disconnect();
  }
}
