import { Redis } from 'ioredis';
import { ForewarmError, messageOf } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { EMBEDDED } from '../settings/redis-options.ts';
import type { Settings } from '../settings/settings.ts';
import { attachOrStart, type EmbeddedRedis } from './embedded-redis.ts';

/** The connections of a process, and the private server if it runs one. */
export interface RedisClients {
  /** For control: commands wait for a server that is away, and are sent again. */
  readonly jobs: Redis;
  /** For values: a server that is away fails a call at once, and the next tier answers. */
  readonly cache: Redis;
  /** Another connection to the jobs Redis, for blocking commands. */
  readonly connect: () => Redis;
  /** For people. */
  readonly url: string;
  close(): Promise<void>;
}

/** How long the first connection may take, in ms. */
const FIRST_CONNECT_MS = 5_000;

/** Of a client. */
interface Manners {
  readonly maxRetriesPerRequest: number | null;
  readonly enableOfflineQueue: boolean;
  readonly lazyConnect: boolean;
}

const PATIENT: Manners = { maxRetriesPerRequest: null, enableOfflineQueue: true, lazyConnect: false };
const BRISK: Manners = { maxRetriesPerRequest: 0, enableOfflineQueue: false, lazyConnect: false };

/** Connects; throws `E_REDIS_UNAVAILABLE` when the jobs Redis is not there. The cache's Redis may come later. */
export async function openRedis(
  settings: Settings,
  env: NodeJS.ProcessEnv,
  events: Events,
): Promise<RedisClients> {
  const embedded =
    settings.redis.jobs === EMBEDDED ? await attachOrStart({ data: settings.data, env }) : undefined;
  const jobsServer: Server = embedded === undefined ? serverOf(settings.redis.jobs) : embedded.connection;
  const cacheServer = settings.redis.cache === '' ? jobsServer : serverOf(settings.redis.cache);
  const open = (server: Server, options: Manners, name: string) => {
    const client =
      server.path === undefined ? new Redis(server.url, options) : new Redis(server.path, options);
    client.on('error', (error) =>
      events.emit('problem', { where: `connection to the ${name} Redis`, error }),
    );
    return client;
  };
  const url = embedded?.url ?? withoutPassword(settings.redis.jobs);
  const jobs = open(jobsServer, { ...PATIENT, lazyConnect: true }, 'jobs');
  try {
    await firstAnswer(jobs, url);
  } catch (error) {
    jobs.disconnect();
    await embedded?.stop();
    throw error;
  }
  const cache = open(cacheServer, BRISK, 'cache');
  await settled(cache);
  const connect = () => open(jobsServer, PATIENT, 'jobs');
  return { jobs, cache, connect, url, close: () => closeAll([jobs, cache], embedded) };
}

type Server = { readonly url: string; readonly path?: undefined } | { readonly path: string };

function serverOf(url: string): Server {
  return url.startsWith('unix:') ? { path: decodeURIComponent(new URL(url).pathname) } : { url };
}

async function firstAnswer(client: Redis, url: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer within ${FIRST_CONNECT_MS / 1_000} s`)),
      FIRST_CONNECT_MS,
    );
  });
  try {
    await Promise.race([client.connect().then(() => client.ping()), late]);
  } catch (cause) {
    throw new ForewarmError(
      'E_REDIS_UNAVAILABLE',
      `cannot reach the Redis for jobs at ${url}: ${messageOf(cause)}; start it, or change redis.jobs`,
      { cause },
    );
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves when the client is connected, or has failed once. */
function settled(client: Redis): Promise<void> {
  return new Promise((resolve) => {
    client.once('ready', () => resolve());
    client.once('error', () => resolve());
  });
}

async function closeAll(clients: readonly Redis[], embedded: EmbeddedRedis | undefined): Promise<void> {
  await Promise.all(
    clients.map(async (client) => {
      if (client.status === 'ready') await client.quit().catch(() => undefined);
      client.disconnect();
    }),
  );
  await embedded?.stop();
}

function withoutPassword(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || parsed.password === '') return url;
  parsed.password = '***';
  return parsed.href;
}
