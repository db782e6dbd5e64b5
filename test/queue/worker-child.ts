/**
 * A worker process to be killed. Arguments: the Redis to use, the prefix, and how its handler behaves: `hold` takes jobs
 * and never ends them; `ack-first` says that a job is done before it does it. Prints a line at each thing that happens;
 * a line on its standard input makes it stop by itself.
 */
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { systemClock } from '../../src/core/clock.ts';
import { Events } from '../../src/core/events.ts';
import { BullQueue } from '../../src/queue/bullmq.ts';
import type { Ending } from '../../src/queue/queue.ts';

const [url = '', prefix = '', mode = ''] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);
const connect = () => new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });

const redis = connect();
redis.on('error', () => {});
const queue = new BullQueue({
  ...{
    connect,
    redis,
    prefix,
    clock: systemClock,
    hostClock: systemClock,
    events: new Events(),
    random: Math.random,
  },
  ...{ attempts: 3, backoff: { base: 5, max: 20 }, lock: 800, stalledCheck: 200, grace: 100 },
});
const consumer = queue.consume('markets', 4, async ({ id }): Promise<Ending> => {
  if (mode === 'hold') {
    say(`started ${id}`);
    return new Promise(() => {});
  }
  setImmediate(() => say(`started ${id}`));
  return { kind: 'done' };
});
await consumer.start();
say('ready');
await once(process.stdin, 'data');
process.stdin.destroy();
await consumer.stop(systemClock.now() + 1_000);
await queue.close();
redis.disconnect();
if (redis.status === 'reconnecting') redis.connect().catch(() => {});
redis.disconnect();
say('stopped');
