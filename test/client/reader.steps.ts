/** Readers for tests: on the tests' Redis, with a folder of their own. */
import { join } from 'node:path';
import { type Connection, connect } from 'forewarm';
import { inject, onTestFinished } from 'vitest';
import { temporaryFolder } from '../support/disk.ts';
import { uniquePrefix } from '../support/redis.ts';
import { startRedisServer } from '../support/redis-server.ts';

/** Where readers meet: those of one place read the same tiers. */
export interface Place {
  readonly folder: string;
  readonly prefix: string;
}

export function newPlace(): Place {
  return { folder: temporaryFolder(), prefix: uniquePrefix() };
}

/** Parts of the configuration, over those of `configOf`. */
export type Changes = Readonly<Record<string, unknown>>;

export const PROFILE = {
  origin: 'markets',
  key: 'profile:{market}',
  temperature: 'warm',
  request: { path: '/markets/{market}/profile' },
};

export function configOf({ folder, prefix }: Place, changes: Changes = {}) {
  return {
    data: folder,
    redis: { jobs: inject('redisUrl'), prefix },
    tiers: { redis: { prefix: `${prefix}values:` }, disk: { path: join(folder, 'cache.db') } },
    origins: { markets: { kind: 'http', url: 'http://127.0.0.1:1' } },
    sources: {
      profile: PROFILE,
      tile: { origin: 'markets', key: 'tile:{z}:{x}', format: 'raw', request: { path: '/tiles/{z}/{x}' } },
    },
    ...changes,
  };
}

/** Closed when the test ends. */
export async function openReader(place: Place, changes: Changes = {}): Promise<Connection> {
  const reader = await connect({ config: configOf(place, changes), env: {} });
  onTestFinished(() => reader.close());
  return reader;
}

/** A reader whose values are on a Redis of their own, which can be taken away; `tiers` are changes to the other tiers. */
export async function apart(tiers: Changes, changes: Changes = {}) {
  const cache = await startRedisServer();
  onTestFinished(() => cache.remove());
  const place = newPlace();
  const { redis, tiers: usual } = configOf(place);
  const reader = await openReader(place, {
    redis: { ...redis, cache: cache.url },
    tiers: { ...usual, ...tiers },
    ...changes,
  });
  return { cache, reader };
}
