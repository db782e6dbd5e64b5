/** `forewarm warm` after the workers that it counted on were killed: for some seconds their last sign of life says that they live. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { RedisRegistry } from '../../src/catalog/redis-registry.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { configOf, type Installation, install, writeConfig } from '../support/build-installation.ts';
import { type Forewarm, startForewarm } from '../support/forewarm-process.ts';
import { connectRedis } from '../support/redis.ts';
import type { Script } from '../support/scripted-server.ts';
import { until } from '../support/waiting.ts';

const value: Script = (response) => {
  response.setHeader('content-type', 'application/json').end('{"population":1}');
};

function idOf(run: unknown): string {
  return (run as { readonly id: string }).id;
}

function configure(installation: Installation): Promise<string> {
  const workers = { lock: '1s', stalledCheck: '100ms' };
  return writeConfig(installation, { ...configOf(installation, '1h'), workers });
}

function command(config: string, args: readonly string[]): Forewarm {
  const started = startForewarm(config, args);
  onTestFinished(async () => {
    await started.end('SIGKILL');
  });
  return started;
}

async function called({ origin }: Installation): Promise<void> {
  await until('a call', async () => origin.asked.length, Boolean);
}

/** What happens by itself when the last sign of life of a process has become too old. */
async function forgetWorker({ server }: Installation, pid: number): Promise<void> {
  const redis = connectRedis(server.url);
  const registry = new RedisRegistry({ redis, prefix: 'forewarm' });
  try {
    const dead = (await registry.processes(Date.now())).filter((each) => each.pid === pid);
    // On a busy machine that may have happened already.
    for (const { roles } of dead) expect(roles).toEqual(['worker']);
    await Promise.all(dead.map(({ id }) => registry.leave(id)));
  } finally {
    redis.disconnect();
  }
}

describe('a `forewarm warm` that follows workers which were killed', () => {
  test('does the work of a killed `warm` that it is to go on with', async () => {
    const installation = await install({ aof: true });
    const config = await configure(installation);
    installation.origin.answer(() => {});
    const killed = command(config, ['warm', '--id', 'r']);
    await called(installation);
    expect(await killed.end('SIGKILL')).toBe('SIGKILL');

    installation.origin.answer(value);
    const again = command(config, ['warm', '--id', 'r']);
    await again.event('run');
    await forgetWorker(installation, killed.pid);
    expect(await again.end()).toBe(EXIT.ok);
    expect(again.said.at(-1)).toMatchObject({ event: 'summary', run: { id: 'r', counts: { warmed: 2 } } });
  });

  test('does the work of a worker that is killed while it is followed, in the same run', async () => {
    const installation = await install({ aof: true });
    const config = await configure(installation);
    installation.origin.answer(() => {});
    const killed = command(config, ['worker']);
    await killed.event('started');
    const following = command(config, ['warm']);
    const { run } = await following.event('run');
    await called(installation);
    expect(await killed.end('SIGKILL')).toBe('SIGKILL');

    installation.origin.answer(value);
    await forgetWorker(installation, killed.pid);
    expect(await following.end()).toBe(EXIT.ok);
    expect(following.said.at(-1)).toMatchObject({ event: 'summary', run: { id: idOf(run), pending: 0 } });
  });
});
