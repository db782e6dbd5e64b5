/**
 * Whether a server takes what we write there, by writing: a server may answer every question and still refuse that, because its
 * memory is full, because it has too few replicas, because it is one itself, or because this user may not.
 */
import { type Redis, ReplyError } from 'ioredis';
import { messageOf } from '../core/errors.ts';
import { redisKeys } from './keys.ts';
import { runScript, script } from './script.ts';

/** How long a probe may outlive a server that ends between the two commands, in ms. */
const KEPT_MS = 60_000;

/** KEYS: a name of ours. ARGV: for how long. Leaves nothing behind. */
const WRITE = script(
  1,
  `redis.call('SET', KEYS[1], 'probe', 'PX', ARGV[1])
return redis.call('DEL', KEYS[1])`,
);

/**
 * Writes under `redis.prefix`, and beside a lane of the queue, by script as all work does. Returns the server's words when it refuses
 * that; rejects when it does not answer.
 */
export async function refusalOfWrites(redis: Redis, records: string): Promise<string | undefined> {
  const keys = redisKeys(records);
  const names = [keys.writeProbe(), keys.queueProbe()];
  try {
    await Promise.all(names.map((name) => runScript(redis, WRITE, [name], [KEPT_MS])));
    return undefined;
  } catch (error) {
    if (error instanceof ReplyError) return messageOf(error);
    throw error;
  }
}
