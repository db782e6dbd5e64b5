/** The redis tier on a real cluster. It has one node, which refuses a call over several slots as any would. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Events } from '../../src/core/events.ts';
import { RedisTier } from '../../src/tiers/redis.ts';
import { SWEEPS, SWEEPS_IN_PARTS } from '../contract/tier.life.ts';
import { describeTier } from '../contract/tier.ts';
import { uniquePrefix } from '../support/redis.ts';
import { freePort } from '../support/redis-server.ts';

let cluster: Cluster;
let stop = async (): Promise<void> => undefined;

/** A node that has all slots. Its bus port is chosen, since the usual one (port + 10000) may not exist. */
async function startNode(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-cluster-'));
  const [port, bus] = [await freePort(), await freePort()];
  const binary = process.env.FOREWARM_REDIS_SERVER ?? 'redis-server';
  const options = `--port ${port} --cluster-enabled yes --cluster-port ${bus} --cluster-announce-ip 127.0.0.1`;
  const child = spawn(binary, [...options.split(' '), '--bind', '127.0.0.1', '--dir', folder, '--save', ''], {
    stdio: 'ignore',
  });
  stop = async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
    await rm(folder, { recursive: true, force: true });
  };
  const redis = new Redis(port, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  redis.on('error', () => undefined);
  await redis.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  while (!String(await redis.call('CLUSTER', 'INFO')).includes('cluster_state:ok'));
  redis.disconnect();
  return port;
}

beforeAll(async () => {
  cluster = new Cluster([{ host: '127.0.0.1', port: await startNode() }]);
  await once(cluster, 'ready');
});

afterAll(async () => {
  cluster?.disconnect();
  await stop();
});

describe('a Redis cluster', () => {
  it('refuses a call over two slots: that is why batches go by slot', async () => {
    await expect(cluster.mget('a', 'b')).rejects.toThrow(/CROSSSLOT|same slot/i);
  });
});

describeTier('redis, as a cluster', {
  create: () => ({
    tier: new RedisTier({
      redis: cluster,
      prefix: `${uniquePrefix()}:`,
      events: new Events(),
      maxBodyBytes: 2e6,
    }),
  }),
  except: {
    [SWEEPS]: 'Redis expires entries by its own clock, which no test moves',
    [SWEEPS_IN_PARTS]: 'Redis expires entries by its own clock, which no test moves',
  },
});
