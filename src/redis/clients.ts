/**
 * All that talks to Redis begins here. `src/redis` knows servers, connections, scripts and names; what is kept there, and why,
 * is a matter of the folders above.
 *
 * There are two servers, which may be one. The **jobs Redis** holds what must not be lost (catalog, runs, budgets, queue, bus):
 * it is durable and never evicts. The **cache Redis** holds entries, and may evict, or be a cluster. `redis.jobs: embedded` is a
 * private server that the first process starts (`embedded.ts`) and that ends with it.
 *
 * There are two styles of connection (`connect.ts`). One *retries*: a command waits for a server that is away and is sent again,
 * so it may be executed twice. Work is done on it; what somebody waits for passes the gate of `errand-gate.ts`, which answers within
 * seconds. The other *fails fast*: a call fails at once while the server is away. Reads are done on it, since the next tier is
 * better than waiting. Blocking reads and BullMQ have connections of their own (`connect`).
 *
 * `app` opens one `RedisClients` per process, hands its connections to whatever needs one, and closes them last.
 *
 * What must stay true:
 * - whatever is sent on a retrying connection is idempotent (`script.ts` says how);
 * - every key is named in `keys.ts`, and every script takes keys of one hash tag;
 * - an error of the jobs Redis leaves a folder as `E_REDIS_UNAVAILABLE` (`reply.ts`); a tier has its own errors;
 * - a URL is shown by `showRedisUrl` only.
 */
import { join } from 'node:path';
import { type Cluster, Redis } from 'ioredis';
import type { Clock } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { orAfter, settleBy, within } from '../flow/deadline.ts';
import { PATIENCE } from '../flow/patience.ts';
import { type Access, accessOf, addressOf, FAIL_FAST, openAny, openServer, RETRYING } from './connect.ts';
import { meaningOf, nameConnection, translateFailures, troubleOf } from './connection-error.ts';
import { attachOrStart, type EmbeddedRedis } from './embedded.ts';
import { keepErrands } from './errand-gate.ts';
import type { RedisOptions } from './options.ts';
import { recoveryOf } from './recovery.ts';
import { cacheServer, jobsServer, type NamedServer, unreachable } from './refusals.ts';
import { EMBEDDED, type RedisAddress, showRedisUrl } from './url.ts';

/** The connections of a process, and the private server if it runs one. */
export interface RedisClients {
  /** To the jobs Redis, retrying: for work; and, within bounds, for errands. */
  readonly jobs: Redis;
  /** To the cache Redis, failing fast: for entries. */
  readonly cache: Redis | Cluster;
  /** To the jobs Redis, failing fast: for what readers ask it. The same connection as `cache` where both are one server. */
  readonly failFast: Redis;
  /** Whether values and jobs are on one server. */
  readonly isOne: boolean;
  /** Another retrying connection to the jobs Redis, for blocking commands. The caller closes it. */
  readonly connect: () => Redis;
  /** Of the jobs Redis, for people. */
  readonly url: string;
  /** Says goodbye for so many ms at most, half a second unless told: a server that hangs never answers. */
  close(most?: number): Promise<void>;
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
  /**
   * What must be there: the jobs Redis itself, or only the start of a private one, while any other may come later. A process that
   * needs nothing does what it can without.
   */
  readonly needs: 'an answer' | 'a start' | 'nothing';
}

export interface OpenRedisDeps {
  readonly settings: RedisSettings;
  readonly env: NodeJS.ProcessEnv;
  readonly events: Events;
  readonly clock: Clock;
  /** Required, within five seconds, unless given. */
  readonly first?: FirstConnection;
}

const WITH_JOBS: FirstConnection = { patience: PATIENCE.server, needs: 'an answer' };

/**
 * Connects. Throws `E_REDIS_UNAVAILABLE` when a jobs Redis that is required is not there; the cache Redis may come later, and
 * so may a jobs Redis that is not required.
 */
export async function openRedis(deps: OpenRedisDeps): Promise<RedisClients> {
  const { settings, events, clock, first = WITH_JOBS } = deps;
  const { jobs: jobsUrl, cache: cacheUrl } = settings.redis;
  const embedded = jobsUrl === EMBEDDED ? await privateServer(deps, first) : undefined;
  const servers: Servers = {
    jobs: embedded === undefined ? addressOf(jobsUrl) : { kind: 'socket', path: embedded.connection.path },
    cache: cacheUrl === '' ? undefined : addressOf(cacheUrl),
    access: accessOf(settings.redis, clock),
  };
  const url = embedded?.url ?? showRedisUrl(jobsUrl);
  const names = { jobs: jobsServer(url), cache: cacheServer(showRedisUrl(cacheUrl)) };
  const { recovery, ...open } = opener(servers, names, events);
  const jobs = open.retrying(true);
  const failure = embedded?.failure;
  const gate = keepErrands({ client: jobs, place: url, clock, recovery, notStarted: failure });
  const failFast = open.failFast();
  const cache = open.cache() ?? failFast;
  // What nobody started answers nobody.
  const others = new Set([cache, failFast].filter((client) => failure === undefined || client !== failFast));
  const othersReady = orAfter(clock, first.patience, Promise.all([...others].map(settled)), () => undefined);
  const patience = failure === undefined ? first.patience : 0;
  await firstReply(jobs, url, patience, clock).catch(async (error: unknown) => {
    gate.expectSilence();
    if (first.needs !== 'an answer') {
      return events.emit('problem', { where: 'connection to the jobs Redis', error: failure ?? error });
    }
    for (const client of [jobs, failFast, cache]) client.disconnect();
    await embedded?.stop();
    throw error;
  });
  await othersReady;
  const all = new Set<Redis | Cluster>([jobs, cache, failFast]);
  return {
    ...{ jobs, cache, failFast, url },
    isOne: cache === failFast,
    connect: () => open.retrying(false),
    close: (most = PATIENCE.farewell) => closeAll([...all], embedded, clock, most),
  };
}

/** Without the server that could not be started: connections find it once another process has started it. */
interface NotStarted extends Pick<EmbeddedRedis, 'connection' | 'url' | 'stop'> {
  readonly failure?: ForewarmError;
}

async function privateServer(
  { settings, env, clock }: OpenRedisDeps,
  { needs, patience }: FirstConnection,
): Promise<NotStarted> {
  const { data } = settings;
  if (needs !== 'nothing') return attachOrStart({ data, env, clock });
  return attachOrStart({ data, env, clock, patience }).catch((failure: unknown) => {
    if (!(failure instanceof ForewarmError)) throw failure;
    const path = join(data, 'redis', 'redis.sock');
    return { connection: { path }, url: `unix://${path}`, failure, stop: async () => {} };
  });
}

interface Servers {
  readonly jobs: RedisAddress;
  /** Undefined: the same as for jobs. */
  readonly cache: RedisAddress | undefined;
  readonly access: Access;
}

/** Opens connections whose errors become events: ioredis reports them nowhere else, and without a listener they end the process. */
function opener(
  { jobs, cache, access }: Servers,
  names: { readonly jobs: NamedServer; readonly cache: NamedServer },
  events: Events,
) {
  const back = { jobs: recoveryOf(names.jobs, events), cache: recoveryOf(names.cache, events) };
  const heard = <C extends Redis | Cluster>(client: C, of: 'jobs' | 'cache'): C => {
    const [server, recovery] = [names[of], back[of]];
    nameConnection(client, server);
    client.on('error', (error: Error) => {
      recovery.failed(client);
      events.emit('problem', troubleOf(server, error));
    });
    client.on('ready', () => recovery.answered(client));
    client.on('end', () => recovery.left(client));
    return client;
  };
  /** Not for those that retry: BullMQ knows the client's own words. */
  const translating = <C extends Redis | Cluster>(client: C): C => {
    if (client instanceof Redis) translateFailures(client);
    return client;
  };
  return {
    recovery: back.jobs,
    retrying: (lazyConnect: boolean) => heard(openServer(jobs, access, { ...RETRYING, lazyConnect }), 'jobs'),
    failFast: () => translating(heard(openServer(jobs, access, FAIL_FAST), 'jobs')),
    cache: () => cache && translating(heard(openAny(cache, access, FAIL_FAST), 'cache')),
  };
}

async function firstReply(client: Redis, url: string, patience: number, clock: Clock): Promise<void> {
  // What ended the connection says more than that it is closed.
  let reason: unknown;
  const onError = (error: unknown) => {
    reason = error;
  };
  client.on('error', onError);
  const greet = () => client.connect().then(() => client.ping());
  try {
    await within(clock, patience, greet, () => new Error(`no answer within ${patience / 1_000} s`));
  } catch (cause) {
    throw unreachable(jobsServer(url), meaningOf(reason ?? cause), cause);
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
  embedded: Pick<EmbeddedRedis, 'stop'> | undefined,
  clock: Clock,
  most: number,
): Promise<void> {
  const until = clock.now() + Math.min(most, PATIENCE.farewell);
  await Promise.all(
    clients.map(async (client) => {
      if (client.status === 'ready') await settleBy(clock, until, client.quit());
      client.disconnect();
    }),
  );
  await embedded?.stop();
}
