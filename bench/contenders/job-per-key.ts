/** What people write today: one BullMQ job per key, which fetches and sets. */
import { type Job, Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { Pool } from 'undici';
import { marketsIn, serve, TTL_MS } from './child.ts';

/** Jobs added in one call. */
export const BULK = 1_000;

/** The least a job of this kind holds. */
export function jobOf(market: string) {
  return { name: 'warm', data: { market }, opts: { removeOnComplete: true } };
}

if (import.meta.main) {
  serve(async ({ redisUrl, originUrl, concurrency }) => {
    const connect = () => new Redis(redisUrl, { maxRetriesPerRequest: null });
    const [redis, connection] = [connect(), connect()];
    const pool = new Pool(originUrl, { connections: concurrency });
    const queue = new Queue('warm', { connection });
    const process = async ({ data: { market } }: Job<{ market: string }>) => {
      const { statusCode, body } = await pool.request({ method: 'GET', path: `/markets/${market}/profile` });
      if (statusCode !== 200) throw new Error(`market ${market}: ${statusCode}`);
      await redis.set(`profile:${market}`, await body.text(), 'PX', TTL_MS);
    };
    const worker = new Worker('warm', process, { connection, concurrency });
    await worker.waitUntilReady();
    return {
      async warm(file) {
        const markets = await marketsIn(file);
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        let left = markets.length;
        const completed = () => {
          left -= 1;
          if (left === 0) resolve();
        };
        worker.on('completed', completed).on('failed', (_, error) => reject(error));
        for (let i = 0; i < markets.length; i += BULK) {
          await queue.addBulk(markets.slice(i, i + BULK).map(jobOf));
        }
        await promise;
        worker.removeAllListeners('completed').removeAllListeners('failed');
        return markets.length;
      },
    };
  });
}
