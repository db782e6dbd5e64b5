/** Real servers of other kinds: with TLS, as a node of a cluster, and watched by a sentinel. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { findRedisServer } from '../../src/redis/find-redis.mjs';
import { temporaryFolder } from './disk.ts';
import { freePort, type RedisServer, startRedisServer } from './redis-server.ts';
import { until } from './waiting.ts';

/** A node that has all slots. Its bus port is chosen, since the usual one (port + 10000) may not exist. */
export async function startClusterNode(more: readonly string[] = []): Promise<RedisServer> {
  const options = `--cluster-enabled yes --cluster-port ${await freePort()} --cluster-announce-ip 127.0.0.1`;
  const node = await startRedisServer({ more: [...options.split(' '), ...more] });
  const redis = new Redis(node.port, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  redis.on('error', () => undefined);
  await redis.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  while (!String(await redis.call('CLUSTER', 'INFO')).includes('cluster_state:ok'));
  redis.disconnect();
  return node;
}

/** A self-signed certificate for 127.0.0.1, as files. */
export function selfSigned(): { readonly cert: string; readonly key: string } {
  const folder = temporaryFolder();
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const kind =
    '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=forewarm-test';
  const names = ['-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', ['req', ...kind.split(' '), ...names, '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  });
  return { cert, key };
}

/** The options of a server that speaks TLS only. */
export function tlsOptions({ cert, key }: { readonly cert: string; readonly key: string }): string[] {
  const port = ['--port', '0', '--tls-port', 'PORT'];
  return [...port, '--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert].concat([
    '--tls-auth-clients',
    'no',
  ]);
}

export interface Watched {
  readonly master: RedisServer;
  readonly replica: RedisServer;
  /** The sentinel's port; it watches them as `mymaster`. */
  readonly port: number;
}

/** A server, its replica, and a sentinel that replaces it when it has been away for 300 ms. Ended with the test. */
export async function startWatched(): Promise<Watched> {
  const master = await startRedisServer();
  onTestFinished(() => master.remove());
  const replica = await startRedisServer({ more: ['--replicaof', '127.0.0.1', String(master.port)] });
  onTestFinished(() => replica.remove());
  const port = await freePort();
  const folder = temporaryFolder();
  const file = join(folder, 'sentinel.conf');
  const watch = [`monitor mymaster 127.0.0.1 ${master.port} 1`, 'down-after-milliseconds mymaster 300']
    .concat('failover-timeout mymaster 3000')
    .map((line) => `sentinel ${line}`);
  const place = [`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`];
  writeFileSync(file, [...place, ...watch, ''].join('\n'));
  const child = spawn(findRedisServer(process.env) ?? 'redis-server', [file, '--sentinel'], {
    stdio: 'ignore',
  });
  onTestFinished(() => ended(child));
  const sentinel = new Redis(port, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  sentinel.on('error', () => undefined);
  const replicas = async () => String(await sentinel.call('SENTINEL', 'REPLICAS', 'mymaster'));
  await until('the replica to be known', replicas, (text) => text.includes('master-link-status,ok'));
  sentinel.disconnect();
  return { master, replica, port };
}

async function ended(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
