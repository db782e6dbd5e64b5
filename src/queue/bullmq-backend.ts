import { type BackendFactory, QueueKeys, RedisConnection, RedisQueueBackend } from 'bullmq';
import type { Redis } from 'ioredis';
import { type Clock, sleep } from '../core/clock.ts';

/** After a fetch that Redis refused (full disk, read-only replica), in ms: BullMQ alone would ask again at once. */
const REFUSED_MS = 1_000;

export interface ConsumerConnections {
  /** For commands; several consumers may share it. Its `maxRetriesPerRequest` is null. */
  readonly commands: Redis;
  /** For the one blocking read of this consumer. */
  readonly blocking: Redis;
}

/**
 * What a BullMQ worker stands on, built as BullMQ builds it but on connections that we hold, for two reasons. A client
 * that is between two connections ignores being told to disconnect, so BullMQ's `close` would wait for ever while the
 * server is down; we can end it (see {@link endClient}). And only here can be seen that the worker still fetches.
 */
export function consumerBackend(
  { commands, blocking }: ConsumerConnections,
  prefix: string,
  clock: Clock,
  onFetched: () => void,
): BackendFactory<RedisQueueBackend> {
  return (name, opts) => {
    const queueKeys = new QueueKeys(prefix);
    const backend = new RedisQueueBackend(
      new RedisConnection(commands, { shared: true, blocking: false }),
      name,
      queueKeys.getKeys(name),
      (type) => queueKeys.toKey(name, type),
      opts,
      new RedisConnection(blocking, { shared: true, blocking: true }),
    );
    const fetch = backend.moveToActive.bind(backend);
    backend.moveToActive = async (token, worker) => {
      try {
        const fetched = await fetch(token, worker);
        onFetched();
        return fetched;
      } catch (error) {
        if (blocking.status !== 'end') await sleep(clock, REFUSED_MS);
        throw error;
      }
    };
    return backend;
  };
}

/**
 * Closes a client for good, whatever state it is in; commands under way are rejected. ioredis forgets a client that is
 * told to disconnect while it waits to reconnect: it never ends, and its commands never settle. So that one is made to
 * connect first.
 */
export function endClient(client: Redis): void {
  if (client.status === 'end') return;
  if (client.status === 'reconnecting') client.connect().catch(() => {});
  client.disconnect();
}
