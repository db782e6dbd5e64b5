import type { Cluster, Redis } from 'ioredis';
import { systemClock } from '../core/clock.ts';
import { ForewarmError, messageOf } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { within } from '../flow/deadline.ts';
import { PATIENCE } from '../flow/patience.ts';
import { accessOf, addressOf, BRISK, openAny, openServer, PATIENT } from './connect.ts';
import { attachOrStart, type EmbeddedRedis } from './embedded.ts';
import { EMBEDDED, type RedisOptions } from './options.ts';
import type { RedisAddress } from './url.ts';

/** The connections of a process, and the private server if it runs one. */
export interface RedisClients {
  /** For control: commands wait for a server that is away, and are sent again. */
  readonly jobs: Redis;
  /** For values: a server that is away fails a call at once, and the next tier answers. */
  readonly cache: Redis | Cluster;
  /** To the jobs Redis, in the manner of `cache`: for what readers ask it. The same connection where both are one server. */
  readonly brisk: Redis;
  /** Whether values and jobs are on one server. */
  readonly isOne: boolean;
  /** Another connection to the jobs Redis, for blocking commands. */
  readonly connect: () => Redis;
  /** For people. */
  readonly url: string;
  close(): Promise<void>;
}

/** What connections are made from: the part of the settings that is about Redis. */
export interface RedisSettings {
  readonly redis: RedisOptions;
  /** The folder of the embedded server's data. */
  readonly data: string;
}

/** How the first connection is waited for. */
export interface FirstConnection {
  /** How long it may take, in ms. */
  readonly patience: number;
  /** Whether a jobs Redis that is not there by then is an error; else it may come later. */
  readonly required: boolean;
}

const WITH_JOBS: FirstConnection = { patience: PATIENCE.server, required: true };

/** Connects; throws `E_REDIS_UNAVAILABLE` when a jobs Redis that is required is not there. The cache's Redis may come later. */
export async function openRedis(
  settings: RedisSettings,
  env: NodeJS.ProcessEnv,
  events: Events,
  first: FirstConnection = WITH_JOBS,
): Promise<RedisClients> {
  const embedded =
    settings.redis.jobs === EMBEDDED ? await attachOrStart({ data: settings.data, env }) : undefined;
  const jobsAddress: RedisAddress =
    embedded === undefined
      ? addressOf(settings.redis.jobs)
      : { kind: 'socket', path: embedded.connection.path };
  const cacheAddress = settings.redis.cache === '' ? jobsAddress : addressOf(settings.redis.cache);
  const access = accessOf(settings.redis);
  const told = <C extends Redis | Cluster>(client: C, name: string): C => {
    client.on('error', (error) =>
      events.emit('problem', { where: `connection to the ${name} Redis`, error }),
    );
    return client;
  };
  const url = embedded?.url ?? withoutPassword(settings.redis.jobs);
  const open = (lazyConnect: boolean) =>
    told(openServer(jobsAddress, access, { ...PATIENT, lazyConnect }), 'jobs');
  const jobs = open(true);
  await firstAnswer(jobs, url, first.patience).catch(async (error: unknown) => {
    if (!first.required) return events.emit('problem', { where: 'connection to the jobs Redis', error });
    jobs.disconnect();
    await embedded?.stop();
    throw error;
  });
  const isOne = settings.redis.cache === '';
  const brisk = told(openServer(jobsAddress, access, BRISK), 'jobs');
  const cache = isOne ? brisk : told(openAny(cacheAddress, access, BRISK), 'cache');
  await Promise.all([settled(cache), settled(brisk)]);
  const connect = () => open(false);
  const close = () => closeAll([jobs, cache, ...(isOne ? [] : [brisk])], embedded);
  return { jobs, cache, brisk, isOne, connect, url, close };
}

async function firstAnswer(client: Redis, url: string, patience: number): Promise<void> {
  // What ended the connection says more than that it is closed.
  let told: unknown;
  const onError = (error: unknown) => {
    told = error;
  };
  client.on('error', onError);
  const greet = () => client.connect().then(() => client.ping());
  try {
    await within(systemClock, patience, greet, () => new Error(`no answer within ${patience / 1_000} s`));
  } catch (cause) {
    throw new ForewarmError(
      'E_REDIS_UNAVAILABLE',
      `cannot reach the Redis for jobs at ${url}: ${messageOf(told ?? cause)}; start it, or change redis.jobs`,
      { cause },
    );
  } finally {
    client.off('error', onError);
  }
}

/** Resolves when the client is connected, or has failed once. */
function settled(client: Redis | Cluster): Promise<void> {
  return new Promise((resolve) => {
    client.once('ready', () => resolve());
    client.once('error', () => resolve());
  });
}

async function closeAll(
  clients: readonly (Redis | Cluster)[],
  embedded: EmbeddedRedis | undefined,
): Promise<void> {
  await Promise.all(
    clients.map(async (client) => {
      if (client.status === 'ready') await client.quit().catch(() => undefined);
      client.disconnect();
    }),
  );
  await embedded?.stop();
}

function withoutPassword(url: string): string {
  return url.replace(/:\/\/([^@/:]*):[^@]*@/, '://$1:***@');
}
