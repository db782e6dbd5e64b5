import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { attachOrStart, type EmbeddedRedis } from '../../src/redis/embedded.ts';

async function dataFolder(prefix = 'forewarm-embedded-'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), prefix));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function attach(data: string, env: Record<string, string | undefined> = process.env) {
  const redis = await attachOrStart({ data, env, clock: systemClock });
  onTestFinished(() => redis.stop());
  return redis;
}

/** Runs one conversation on a connection of its own. */
async function talk<T>(path: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({ path, maxRetriesPerRequest: 0, retryStrategy: () => null });
  redis.on('error', () => {});
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

const answers = (path: string) =>
  talk(path, (redis) => redis.ping()).then(
    () => true,
    () => false,
  );

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (await holds()) return;
    await delay(20);
  }
  throw new Error(`${what}: not within 10 s`);
}

/** Another process that attaches, as the second terminal would. */
async function holder(data: string): Promise<{ child: ChildProcess; owned: boolean; path: string }> {
  const child = spawn(process.execPath, ['test/fixtures/hold-embedded-redis.ts', data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const [line] = await once(child.stdout, 'data');
  return { child, ...JSON.parse(String(line)) };
}

const serverPid = async (data: string) => Number(await readFile(join(data, 'redis', 'redis.pid'), 'utf8'));

async function killed(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

describe('the embedded Redis', () => {
  test('is durable, never evicts, and listens on a socket for this user only', async () => {
    const { connection, url, owned } = await attach(await dataFolder());
    const settings = await talk(connection.path, (redis) =>
      Promise.all(
        ['port', 'appendonly', 'appendfsync', 'maxmemory-policy'].map((name) => redis.config('GET', name)),
      ),
    );
    expect(settings.flat()).toEqual([
      'port',
      '0',
      'appendonly',
      'yes',
      'appendfsync',
      'everysec',
      'maxmemory-policy',
      'noeviction',
    ]);
    expect((await stat(connection.path)).mode & 0o777).toBe(0o700);
    expect(url).toBe(`unix://${connection.path}`);
    expect(owned).toBe(true);
  });

  test('keeps its data over a stop and a start', async () => {
    const data = await dataFolder();
    const first = await attach(data);
    await talk(first.connection.path, (redis) => redis.set('kept', 'yes'));
    await first.stop();
    await first.stop();
    expect(await answers(first.connection.path)).toBe(false);

    const second = await attach(data);
    expect(second.owned).toBe(true);
    expect(await talk(second.connection.path, (redis) => redis.get('kept'))).toBe('yes');
  });

  test('is started once when many start it at the same time', async () => {
    const data = await dataFolder();
    const [here, ...others] = await Promise.all([attach(data), attach(data), holder(data), holder(data)]);
    const all = [here, ...others];
    expect(all.filter(({ owned }) => owned)).toHaveLength(1);
    expect(await answers(here.connection.path)).toBe(true);
  });

  test('outlives those who attached, and not the process that started it, even when that is killed', async () => {
    const data = await dataFolder();
    const owner = await holder(data);
    const guest = await attach(data);
    expect([owner.owned, guest.owned]).toEqual([true, false]);
    await talk(owner.path, (redis) => redis.set('kept', 'yes'));
    await guest.stop();
    expect(await answers(owner.path)).toBe(true);

    await killed(owner.child);
    await until('the server is gone', async () => !(await answers(owner.path)));
    const next = await attach(data);
    expect(next.owned).toBe(true);
    expect(await talk(next.connection.path, (redis) => redis.get('kept'))).toBe('yes');
  });

  test('is not left alone when the shell between it and its owner is killed', async () => {
    const data = await dataFolder();
    const owner = await holder(data);
    const status = await readFile(`/proc/${await serverPid(data)}/status`, 'utf8');
    process.kill(Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1]), 'SIGKILL');
    await until('the server is gone', async () => !(await answers(owner.path)));
  });

  test('starts over the socket that a killed server left behind, with its data', async () => {
    const data = await dataFolder();
    const first = await attach(data);
    await talk(first.connection.path, (redis) => redis.set('kept', 'yes'));
    process.kill(await serverPid(data), 'SIGKILL');
    await until('the server is gone', async () => !(await answers(first.connection.path)));
    expect((await stat(first.connection.path)).isSocket()).toBe(true);

    const second = await attach(data);
    expect(second.owned).toBe(true);
    expect(await talk(second.connection.path, (redis) => redis.get('kept'))).toBe('yes');
  });

  test('takes a short socket when the path of the data folder is too long for one', async () => {
    const data = join(await dataFolder(), 'a-long-name-'.repeat(10));
    const first: EmbeddedRedis = await attach(data);
    expect(Buffer.byteLength(first.connection.path)).toBeLessThan(100);
    expect((await attach(data)).owned).toBe(false);
    expect(await answers(first.connection.path)).toBe(true);
  });

  test('says what to do when there is no server to start', async () => {
    const data = await dataFolder();
    const refusal = expect(attach(data, { PATH: '/nowhere', FOREWARM_REDIS_SERVER: 'redis-server' }));
    await refusal.rejects.toMatchObject({ code: 'E_REDIS_UNAVAILABLE' });
    await expect(attach(data, { FOREWARM_REDIS_SERVER: '/nowhere/redis-server' })).rejects.toThrow(
      /"\/nowhere\/redis-server", which is not a program; three ways out: .*apt-get.*docker compose up.*REDIS_URL/,
    );
  });

  test('shows the log of a server that ends while it starts', async () => {
    const env = { ...process.env, FOREWARM_REDIS_SERVER: '/bin/ls' };
    await expect(attach(await dataFolder(), env)).rejects.toThrow(
      /ended while it started.*redis\.log[\s\S]*ls: /,
    );
  });
});
