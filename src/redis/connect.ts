/** Opens one connection to Redis, whatever kind it is: a server, a server that sentinels watch, or a cluster. */
import { type RedisOptions as ClientOptions, Cluster, Redis } from 'ioredis';
import type { Clock } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import { toWatched } from './connectors.ts';
import type { RedisOptions } from './options.ts';
import { readTlsFiles } from './tls-files.ts';
import { parseRedisUrl, type RedisAddress } from './url.ts';

/** What a client does while its server is away. */
interface ConnectionStyle {
  readonly maxRetriesPerRequest: number | null;
  readonly enableOfflineQueue: boolean;
  readonly lazyConnect: boolean;
  /** For how long, in ms, a reply may be due without a byte arriving; then the connection is replaced. */
  readonly socketTimeout: number;
}

/**
 * A connection may die silently (a firewall that forgets it, a machine that is gone), and only time shows it. No command of
 * ours waits longer on purpose than BullMQ's ten seconds.
 */
const LONGEST_SILENCE_MS = 15_000;
const LONGEST_FAIL_FAST_SILENCE_MS = 5_000;

/** Between two tries to connect. */
const LONGEST_PAUSE_MS = 2_000;

/** ioredis itself would wait up to five seconds, in which the bus is not heard although the server is back. */
function pauseBefore(times: number): number {
  return Math.min(times * 50, LONGEST_PAUSE_MS);
}

/** Commands wait for a server that is away, and are sent again. */
export const RETRYING: ConnectionStyle = {
  ...{ maxRetriesPerRequest: null, enableOfflineQueue: true, lazyConnect: false },
  socketTimeout: LONGEST_SILENCE_MS,
};
/** A server that is away fails a call at once. */
export const FAIL_FAST: ConnectionStyle = {
  ...{ maxRetriesPerRequest: 0, enableOfflineQueue: false, lazyConnect: false },
  socketTimeout: LONGEST_FAIL_FAST_SILENCE_MS,
};

/** What all connections of a process share. */
export interface Access {
  /** For addresses that ask for TLS. */
  readonly tls: NonNullable<ClientOptions['tls']>;
  readonly sentinelUsername: string | undefined;
  readonly sentinelPassword: string | undefined;
  readonly clock: Clock;
}

/** Reads the files of `redis.tls`. Throws `E_CONFIG_INVALID` for one that cannot be read. */
export function accessOf({ tls, sentinel }: RedisOptions, clock: Clock): Access {
  const { read, problems } = readTlsFiles(tls);
  const [wrong] = problems;
  if (wrong !== undefined) throw new ForewarmError('E_CONFIG_INVALID', `redis.tls.${wrong.join(': ')}`);
  return {
    tls: {
      ...read,
      ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    },
    sentinelUsername: sentinel.username || undefined,
    sentinelPassword: sentinel.password || undefined,
    clock,
  };
}

export function openAny(address: RedisAddress, access: Access, style: ConnectionStyle): Redis | Cluster {
  return address.kind === 'cluster' ? openCluster(address, access, style) : openOne(address, access, style);
}

/** Throws `E_CONFIG_INVALID` for a cluster. */
export function openServer(address: RedisAddress, access: Access, style: ConnectionStyle): Redis {
  if (address.kind !== 'cluster') return openOne(address, access, style);
  throw new ForewarmError('E_CONFIG_INVALID', 'redis.jobs: a cluster cannot hold jobs yet; name one server');
}

type Address<K extends RedisAddress['kind']> = Extract<RedisAddress, { readonly kind: K }>;

function openOne(
  address: Address<'server' | 'socket' | 'sentinel'>,
  access: Access,
  style: ConnectionStyle,
): Redis {
  const options = { ...style, retryStrategy: pauseBefore, reconnectOnError: onceInAWhile(access.clock) };
  if (address.kind === 'socket') return new Redis(address.path, options);
  if (address.kind === 'sentinel') return onlyInItsDatabase(openWatched(address, access, style));
  const { host, port, db, family, tls } = address;
  return onlyInItsDatabase(
    new Redis({
      ...{ ...options, ...credentialsOf(address), host, port, db },
      ...(family === undefined ? {} : { family }),
      ...(tls ? { tls: access.tls } : {}),
    }),
  );
}

/**
 * A server may refuse the database: it has fewer, or its user may not choose. ioredis reports that and goes on in database 0, which
 * belongs to somebody else. What is thrown here makes it a connection that could not be made, as a wrong password does.
 */
function onlyInItsDatabase(client: Redis): Redis {
  const refused = new WeakSet<Error>();
  return client.on('error', (error: Error) => {
    const isNew = !refused.has(error) && commandOf(error) === 'select';
    if (!isNew) return;
    // ioredis reports it once more to whoever listens.
    refused.add(error);
    throw error;
  });
}

/** The command that a server refused; undefined for other errors. */
function commandOf(error: Error): unknown {
  const command: unknown = 'command' in error ? error.command : undefined;
  return typeof command === 'object' && command !== null && 'name' in command ? command.name : undefined;
}

/** At most this often does a server that only reads make its connection be replaced, in ms. */
const READONLY_PAUSE_MS = 5_000;

/**
 * Behind one name another server may have become the primary: one that says that it is read-only is looked up anew. It may also be
 * a replica for good, and a connection that is replaced takes down whatever else is under way on it.
 */
function onceInAWhile(clock: Clock): (error: Error) => boolean {
  let last = Number.NEGATIVE_INFINITY;
  return ({ message }) => {
    if (!message.startsWith('READONLY')) return false;
    const now = clock.elapsed();
    if (now - last < READONLY_PAUSE_MS) return false;
    last = now;
    return true;
  };
}

function openWatched(address: Address<'sentinel'>, access: Access, style: ConnectionStyle): Redis {
  const { sentinelUsername, sentinelPassword, tls } = access;
  const client: Redis = new Redis({
    ...style,
    retryStrategy: pauseBefore,
    ...credentialsOf(address),
    Connector: toWatched(() => Reflect.get(client, 'manuallyClosing') !== true),
    sentinels: [...address.nodes],
    name: address.name,
    db: address.db,
    ...(sentinelUsername === undefined ? {} : { sentinelUsername }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(address.tls ? { tls, sentinelTLS: tls, enableTLSForSentinelMode: true } : {}),
    // A server that was replaced while its connections stood: sentinels say so, or it says that it is read-only.
    failoverDetector: true,
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
  });
  return client;
}

function openCluster(address: Address<'cluster'>, { tls }: Access, style: ConnectionStyle): Cluster {
  const { maxRetriesPerRequest, enableOfflineQueue, lazyConnect, socketTimeout } = style;
  return new Cluster([...address.nodes], {
    enableOfflineQueue,
    lazyConnect,
    clusterRetryStrategy: pauseBefore,
    redisOptions: {
      maxRetriesPerRequest,
      socketTimeout,
      ...credentialsOf(address),
      ...(address.tls ? { tls } : {}),
    },
    // Certificates name hosts: what the nodes call themselves is not resolved before.
    ...(address.tls ? { dnsLookup: (host, done) => done(null, host) } : {}),
  });
}

function credentialsOf({ username, password }: Address<'server' | 'sentinel' | 'cluster'>) {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
}

/** Throws `E_CONFIG_INVALID` for what is no address. */
export function addressOf(url: string): RedisAddress {
  const address = parseRedisUrl(url);
  if (address !== undefined) return address;
  throw new ForewarmError(
    'E_CONFIG_INVALID',
    'the address of Redis cannot be read; see redis.jobs and redis.cache',
  );
}
