/** The redis tier on a real cluster. It has one node, which refuses a call over several slots as any would. */
import { once } from 'node:events';
import { Cluster } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Events } from '../../../src/core/events.ts';
import { RedisTier } from '../../../src/tiers/redis/redis-tier.ts';
import { SWEEPS, SWEEPS_IN_PARTS } from '../../contract/tier.life.ts';
import { describeTier } from '../../contract/tier.ts';
import { uniquePrefix } from '../../support/redis.ts';
import { startClusterNode } from '../../support/redis-kinds.ts';
import type { RedisServer } from '../../support/redis-server.ts';

let cluster: Cluster;
let node: RedisServer;

beforeAll(async () => {
  node = await startClusterNode();
  cluster = new Cluster([{ host: '127.0.0.1', port: node.port }]);
  await once(cluster, 'ready');
});

afterAll(async () => {
  cluster?.disconnect();
  await node?.remove();
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
