/** Ways in which the jobs Redis fails: how to bring each about, and how to end it. */
import { connectRedis } from '../support/redis.ts';
import type { RedisServer } from '../support/redis-server.ts';

export interface Outage {
  readonly name: string;
  begin(server: RedisServer): Promise<void>;
  end(server: RedisServer): Promise<void>;
}

async function admin({ url }: RedisServer, [name = '', ...args]: readonly string[]): Promise<void> {
  const redis = connectRedis(url);
  await redis.call(name, ...args).finally(() => redis.disconnect());
}

export const OUTAGES: readonly Outage[] = [
  { name: 'gone', begin: (server) => server.kill(), end: (server) => server.start() },
  {
    name: 'hung',
    begin: async (server) => server.freeze(),
    end: async (server) => server.thaw(),
  },
  {
    name: 'read only',
    begin: (server) => admin(server, ['REPLICAOF', '127.0.0.1', '1']),
    end: (server) => admin(server, ['REPLICAOF', 'NO', 'ONE']),
  },
];
