import { type BackendFactory, QueueKeys, RedisConnection, RedisQueueBackend } from 'bullmq';
import type { Redis } from 'ioredis';
import { type Clock, sleep } from '../core/clock.ts';
import type { JobTaker } from './bullmq-taker.ts';

/** After a fetch that Redis refused (full disk, read-only replica), in ms: BullMQ alone would ask again at once. */
const REFUSED_MS = 1_000;

export interface ConsumerConnections {
  /** For commands; several consumers may share it. Its `maxRetriesPerRequest` is null. */
  readonly commands: Redis;
  /** For the one blocking read of this consumer. */
  readonly blocking: Redis;
}

/**
 * What a BullMQ worker stands on, built as BullMQ builds it but on connections that we hold, for two reasons. BullMQ's
 * `close` takes the blocking connection down in a way that waits for ever, or gives the running jobs up, when that
 * connection is not up at the time; ours always ends (see {@link endClient}). And only here can it be said which job is
 * fetched: the taker does so.
 */
export function consumerBackend(
  { commands, blocking }: ConsumerConnections,
  prefix: string,
  clock: Clock,
  taker: Pick<JobTaker, 'take'>,
): BackendFactory<RedisQueueBackend> {
  return (name, opts) => {
    const queueKeys = new QueueKeys(prefix);
    const blockingConnection = new RedisConnection(blocking, { shared: true, blocking: true });
    blockingConnection.disconnect = () => endClient(blocking);
    const backend = new RedisQueueBackend(
      new RedisConnection(commands, { shared: true, blocking: false }),
      name,
      queueKeys.getKeys(name),
      (type) => queueKeys.toKey(name, type),
      opts,
      blockingConnection,
    );
    fetchNoneAtTheEnd(backend);
    backend.moveToActive = async (token) => {
      try {
        return await taker.take(token);
      } catch (error) {
        if (blocking.status !== 'end') await sleep(clock, REFUSED_MS);
        throw error;
      }
    };
    return backend;
  };
}

/** BullMQ moves a job that ends and takes the next one in one step, of whatever class. Ours are taken by the taker alone. */
function fetchNoneAtTheEnd(backend: RedisQueueBackend): void {
  const { moveToCompleted, moveToFailed, moveToDelayed } = backend;
  backend.moveToCompleted = (job, value, remove, token) =>
    moveToCompleted.call(backend, job, value, remove, token, false);
  backend.moveToFailed = (job, reason, remove, token, _fetch, fields) =>
    moveToFailed.call(backend, job, reason, remove, token, false, fields);
  backend.moveToDelayed = (id, at, delay, token, options) =>
    moveToDelayed.call(backend, id, at, delay, token, { ...options, fetchNext: false });
}

/**
 * Closes a client for good, whatever state it is in, and waits until it is closed; commands under way are rejected.
 * ioredis forgets a client that is told to disconnect while it waits to reconnect: it never ends, and its commands never
 * settle. So that one is made to connect first.
 */
export async function endClient(client: Redis): Promise<void> {
  if (client.status === 'end') return;
  const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
  if (client.status === 'reconnecting') client.connect().catch(() => {});
  client.disconnect();
  await ended;
}
