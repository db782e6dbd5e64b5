/** Connections to every kind of Redis, and the tiers and stores that live on them. */
import { once } from 'node:events';
import { join } from 'node:path';
import type { Cluster, Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Events } from '../../src/core/events.ts';
import { openRedis } from '../../src/redis/clients.ts';
import { RedisTier } from '../../src/tiers/redis/redis-tier.ts';
import { put, SIGNAL } from '../contract/tier.steps.ts';
import { temporaryFolder } from '../support/disk.ts';
import { entryOf } from '../support/entries.ts';
import { selfSigned, startClusterNode, startWatched, tlsOptions } from '../support/redis-kinds.ts';
import { freePort, type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { GOOD, loadText } from '../support/settings.ts';
import { until } from '../support/waiting.ts';

async function open(redis: Readonly<Record<string, unknown>>) {
  const events = new Events();
  const settings = await loadText(`${GOOD}redis: ${JSON.stringify(redis)}\n`);
  const clients = await openRedis({ settings, env: {}, events, clock: systemClock });
  onTestFinished(() => clients.close());
  const tier = new RedisTier({ redis: clients.cache, prefix: 'fw:', events });
  return { clients, tier };
}

/** A socket with TLS may report another error after the first: one that nobody hears is thrown here, and ends a process elsewhere. */
async function reportsTwoErrors(client: Redis | undefined): Promise<void> {
  const socket = client?.stream;
  if (socket === undefined) throw new Error('no socket');
  const closed = once(socket, 'close');
  socket.destroy();
  await closed;
  socket.emit('error', new Error('the first'));
  socket.emit('error', new Error('the second'));
}

function endingWithTest(server: RedisServer): RedisServer {
  onTestFinished(() => server.remove());
  return server;
}

const entries = Array.from({ length: 50 }, (_, i) => entryOf(`k:${i}`, `body ${i}`));
const keys = entries.map(({ head }) => head.key);

async function holds(tier: RedisTier): Promise<void> {
  await put(tier, ...entries);
  const found = await tier.getMany(keys, 'entry', SIGNAL);
  expect(found.map((entry) => Buffer.from(entry?.body ?? []).toString())).toEqual(
    entries.map(({ body }) => Buffer.from(body).toString()),
  );
}

describe('a server with TLS and users', () => {
  const user = 'app on >s3cret ~* &* +@all'.split(' ');

  test('is reached by name and password, its certificate checked', async () => {
    const files = selfSigned();
    const more = [...tlsOptions(files), '--user', ...user, '--user', 'default', 'off'];
    const { port } = endingWithTest(await startRedisServer({ more }));
    const url = `rediss://app:s3cret@127.0.0.1:${port}`;
    const { clients, tier } = await open({ jobs: url, cache: url, tls: { ca: files.cert } });
    await clients.jobs.set('k', '1');
    expect(await clients.jobs.call('ACL', 'WHOAMI')).toBe('app');
    expect(clients.url).toBe(`rediss://[redacted]@127.0.0.1:${port}`);
    await holds(tier);
    const extra = clients.connect();
    expect(await extra.get('k')).toBe('1');
    await reportsTwoErrors(extra);
    extra.disconnect();
  });

  test('is refused when its certificate is not trusted, and its user when the password is wrong', async () => {
    const files = selfSigned();
    const more = [...tlsOptions(files), '--user', ...user];
    const { port } = endingWithTest(await startRedisServer({ more }));
    const unavailable = (message: RegExp) => ({
      ...{ code: 'E_REDIS_UNAVAILABLE', message: expect.stringMatching(message) },
    });
    await expect(open({ jobs: `rediss://127.0.0.1:${port}` })).rejects.toMatchObject(
      unavailable(/self-signed certificate/),
    );
    const wrong = { jobs: `rediss://app:wrong@127.0.0.1:${port}`, tls: { ca: files.cert } };
    await expect(open(wrong)).rejects.toMatchObject(unavailable(/WRONGPASS/));
  });

  test('needs certificate files that can be read', async () => {
    const { port } = endingWithTest(await startRedisServer());
    const missing = join(temporaryFolder(), 'none.pem');
    await expect(open({ jobs: `redis://127.0.0.1:${port}`, tls: { ca: missing } })).rejects.toMatchObject({
      ...{
        code: 'E_CONFIG_INVALID',
        message: expect.stringMatching(/redis\.tls\.ca: ".*none\.pem" cannot be/),
      },
    });
  });

  test('may ask for the certificate of its client', async () => {
    const files = selfSigned();
    const more = [...tlsOptions(files), '--tls-auth-clients', 'yes'];
    const { port } = endingWithTest(await startRedisServer({ more }));
    const tls = { ca: files.cert, cert: files.cert, key: files.key };
    const { clients } = await open({ jobs: `rediss://127.0.0.1:${port}`, tls });
    expect(await clients.jobs.ping()).toBe('PONG');
  });
});

describe('a server that a sentinel watches', () => {
  test('is found by its name only, and so is the server that replaces it', async () => {
    const { master, port } = await startWatched();
    await expect(open({ jobs: `redis+sentinel://127.0.0.1:${port}/other` })).rejects.toMatchObject({
      code: 'E_REDIS_UNAVAILABLE',
    });
    const { clients, tier } = await open({ jobs: `redis+sentinel://127.0.0.1:${port}/mymaster` });
    await holds(tier);
    await clients.jobs.set('k', '1');
    expect(await clients.jobs.wait(1, 5_000)).toBe(1);
    await master.kill();
    // A command for jobs waits for the new server; one for values fails until there is one.
    expect(await clients.jobs.incr('k')).toBe(2);
    // It may connect to the new server before it hears of the failover, and then once more.
    const read = () =>
      holds(tier).then(
        () => true,
        () => false,
      );
    await until('the values', read, (is) => is);
    await reportsTwoErrors(clients.jobs);
  });
});

describe('a cluster', () => {
  test('holds values, also behind TLS', async () => {
    const jobs = endingWithTest(await startRedisServer());
    const node = endingWithTest(await startClusterNode());
    const plain = await open({ jobs: jobs.url, cache: `redis+cluster://127.0.0.1:${node.port}` });
    await holds(plain.tier);
    const { cache: cluster } = plain.clients;
    if (!cluster.isCluster) throw new Error('no cluster');
    // `isCluster` is how ioredis itself tells the two apart.
    await reportsTwoErrors((cluster as Cluster).nodes()[0]);
    const files = selfSigned();
    const port = await freePort();
    const ports = ['--port', 'PORT', '--tls-port', String(port), '--tls-cluster', 'yes'];
    const more = [...tlsOptions(files), ...ports];
    endingWithTest(await startClusterNode(more));
    const cache = `rediss+cluster://127.0.0.1:${port}`;
    await holds((await open({ jobs: jobs.url, cache, tls: { ca: files.cert } })).tier);
  });

  test('that is away costs reads of values, and comes back', async () => {
    const jobs = endingWithTest(await startRedisServer());
    const node = endingWithTest(await startClusterNode());
    const { tier } = await open({ jobs: jobs.url, cache: `redis+cluster://127.0.0.1:${node.port}` });
    await node.kill();
    await expect(tier.getMany(['k'], 'entry', SIGNAL)).rejects.toMatchObject({ code: 'E_TIER_UNAVAILABLE' });
    await node.start();
    const works = () =>
      put(tier, ...entries).then(
        () => true,
        () => false,
      );
    await until('the cluster', works, (answer) => answer);
  });
});
