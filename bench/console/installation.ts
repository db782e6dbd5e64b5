/**
 * A large installation for the console: a worker that has warmed everything, a process that serves the API alone, so that what it takes
 * can be told apart, and as many runs and times of schedules on record as months leave behind.
 */
import { Redis } from 'ioredis';
import { startMarkets } from '../../test/support/markets.ts';
import { startRedisServer } from '../../test/support/redis-server.ts';
import { createSystem } from '../../test/support/system.ts';
import { recordHistory } from './history.ts';
import { clientsOf } from './visits.ts';

export interface Extent {
  readonly sources: number;
  readonly origins: number;
  /** Keys of each source. */
  readonly keys: number;
  readonly schedules: number;
  /** How many of the last times of each schedule are on record, each with its run. */
  readonly times: number;
  /** Keys of the one run of which every key failed. */
  readonly failed: number;
}

export const WHOLE: Extent = {
  ...{ sources: 100, origins: 20, keys: 30, schedules: 500, times: 20, failed: 100_000 },
};

/** To see that it runs. */
export const SMALL: Extent = { sources: 3, origins: 2, keys: 4, schedules: 6, times: 3, failed: 300 };

export interface Installation {
  readonly url: string;
  /** Of the process that serves the API. */
  readonly pid: number;
  readonly redis: Redis;
  /** From where all others are connected to Redis than the process of the API. */
  readonly others: ReadonlySet<string>;
  /** A run of a schedule, and the one of which every key failed. */
  readonly runs: { readonly usual: string; readonly failed: string };
  readonly schedule: string;
  readonly origin: string;
  readonly key: string;
  stop(): Promise<void>;
}

const PATIENCE_MS = 600_000;

export async function startInstallation(extent: Extent): Promise<Installation> {
  const [origin, server] = await Promise.all([startMarkets(), startRedisServer()]);
  const redis = new Redis(server.url);
  const system = await createSystem({
    markets: extent.keys,
    config: {
      redis: { jobs: server.url },
      ...configOf(extent, origin.url),
    },
  });
  const stop = async () => {
    await system.close();
    redis.disconnect();
    await Promise.all([origin.stop(), server.remove()]);
  };
  try {
    const worker = await system.start('up', '--warm', '--no-api');
    await worker.event('warmed', PATIENCE_MS);
    const runs = await recordHistory(redis, extent, system.markets);
    const others = await clientsOf(redis);
    const api = await system.start('api', '--port', '0');
    const { apiUrl } = await api.event('started');
    const names = {
      ...{ runs, schedule: scheduleName(0), origin: originName(0) },
      key: `${sourceName(0)}:${system.markets[0]}`,
    };
    return { url: String(apiUrl), pid: api.pid, redis, others, ...names, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export const sourceName = (i: number) => `source-${String(i + 1).padStart(3, '0')}`;
export const scheduleName = (i: number) => `schedule-${String(i + 1).padStart(3, '0')}`;
const originName = (i: number) => `origin-${String(i + 1).padStart(2, '0')}`;

const ZONES = ['UTC', 'America/Denver', 'Europe/Berlin', 'Asia/Kolkata', 'Australia/Lord_Howe'];

function configOf({ sources, origins, schedules }: Extent, url: string) {
  const named = <T>(count: number, name: (i: number) => string, of: (i: number) => T) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [name(i), of(i)]));
  return {
    jobs: { chunkSize: 100, history: { keep: 1_000_000 } },
    origins: named(origins, originName, () => ({ kind: 'http', url })),
    sources: named(sources, sourceName, (i) => ({
      origin: originName(i % origins),
      key: `${sourceName(i)}:{market}`,
      temperature: (['hot', 'warm', 'cold'] as const)[i % 3],
      request: { path: '/markets/{market}/profile' },
    })),
    // Daily, at any hour.
    schedules: named(schedules, scheduleName, (i) => ({
      cron: `${i % 60} ${i % 24} * * ${i % 4 === 0 ? '1-5' : '*'}`,
      timezone: ZONES[i % ZONES.length],
      warm: `source=${sourceName(i % sources)}`,
      catchUp: '0',
    })),
  };
}
