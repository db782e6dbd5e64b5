/** The limit: a loop of undici and p-limit that sets what it fetches through pipelines. One tier, no records, no recovery. */
import { Redis } from 'ioredis';
import pLimit from 'p-limit';
import { Pool } from 'undici';
import { marketsIn, serve, TTL_MS } from './child.ts';

/** Values per pipeline. */
const PIPELINE = 100;

serve(async ({ redisUrl, originUrl, concurrency }) => {
  const redis = new Redis(redisUrl);
  const pool = new Pool(originUrl, { connections: concurrency });
  const fetchText = async (market: string) => {
    const { statusCode, body } = await pool.request({ method: 'GET', path: `/markets/${market}/profile` });
    if (statusCode !== 200) throw new Error(`market ${market}: ${statusCode}`);
    return body.text();
  };
  return {
    async warm(file) {
      const markets = await marketsIn(file);
      const limit = pLimit(concurrency);
      const written: Promise<unknown>[] = [];
      let pipeline = redis.pipeline();
      const flush = () => {
        written.push(pipeline.exec());
        pipeline = redis.pipeline();
      };
      const warmOne = async (market: string) => {
        const text = await fetchText(market);
        pipeline.set(`profile:${market}`, text, 'PX', TTL_MS);
        if (pipeline.length >= PIPELINE) flush();
      };
      await Promise.all(markets.map((market) => limit(() => warmOne(market))));
      flush();
      await Promise.all(written);
      return markets.length;
    },
  };
});
