/** A real Redis of the test's own: started on a free port or a given one, stopped or killed on command. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedisServer } from '../../src/redis/find-redis.mjs';

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Stops it as an operator would; its data stays for `start`. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGSTOP: it hangs, and accepts connections all the same. */
  freeze(): void;
  /** SIGCONT: it goes on. */
  thaw(): void;
  /** Starts it again on the same port and data. */
  start(): Promise<void>;
  /** Stops it and removes its data. */
  remove(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export interface RedisServerOptions {
  readonly aof?: boolean;
  /** Options of redis-server, after those that every test's server has; `PORT` stands for its port. */
  readonly more?: readonly string[];
  /** Beside what this process has. */
  readonly env?: NodeJS.ProcessEnv;
}

export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-redis-'));
  const port = await freePort();
  const binary = findRedisServer(process.env) ?? 'redis-server';
  let child: ChildProcess | undefined;

  const start = async () => {
    child = spawn(
      binary,
      ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '']
        .concat(['--appendonly', options.aof === true ? 'yes' : 'no', '--maxmemory-policy', 'noeviction'])
        .concat(['--daemonize', 'no', '--loglevel', 'notice'])
        .concat((options.more ?? []).map((word) => (word === 'PORT' ? String(port) : word))),
      { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...options.env } },
    );
    const spawned = child;
    await new Promise<void>((resolve, reject) => {
      let seen = '';
      spawned.once('error', (error) =>
        reject(
          new Error(`cannot start ${binary}: ${error.message}; install it, or set FOREWARM_REDIS_SERVER`),
        ),
      );
      spawned.once('exit', (code) => reject(new Error(`${binary} exited with ${code}:\n${seen}`)));
      spawned.stdout?.on('data', (chunk: Buffer) => {
        seen = (seen + chunk.toString()).slice(-10_000);
        if (seen.includes('Ready to accept connections')) resolve();
      });
    });
  };

  const end = async (signal: NodeJS.Signals) => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    running.kill(signal);
    await once(running, 'exit');
  };

  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    remove: async () => {
      await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
