/** One address, behind which the server changes: as where a replica is promoted behind a name. */
import { once } from 'node:events';
import { createServer, connect as dial, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { type RedisServer, startRedisServer } from './redis-server.ts';

/** Two servers behind one address, and a client of a process that reaches the first there. */
export async function twoServers() {
  const [primary, replica] = [await serverWithClient(), await serverWithClient()];
  const { url, moveTo } = await movingAddress(primary.server);
  const redis = new Redis(url, {
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    retryStrategy: () => 20,
  });
  redis.on('error', () => undefined);
  onTestFinished(() => redis.disconnect());
  await once(redis, 'ready');
  return { primary, replica, redis, moveTo };
}

async function serverWithClient() {
  const server = await startRedisServer({ more: ['--repl-diskless-sync-delay', '0'] });
  const client = new Redis(server.url);
  client.on('error', () => undefined);
  onTestFinished(async () => {
    client.disconnect();
    await server.remove();
  });
  return { server, client };
}

async function movingAddress(first: RedisServer) {
  let port = first.port;
  const open = new Set<Socket>();
  const server = createServer((inward) => {
    const outward = dial(port, '127.0.0.1');
    for (const [one, other] of [
      [inward, outward],
      [outward, inward],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
      one.pipe(other);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const at = server.address();
  if (at === null || typeof at === 'string') throw new Error('no port');
  onTestFinished(() => void server.close());
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  onTestFinished(cut);
  const moveTo = (next: RedisServer) => {
    port = next.port;
    cut();
  };
  return { url: `redis://127.0.0.1:${at.port}`, moveTo };
}
