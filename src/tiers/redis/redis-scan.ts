/** Walking over the keys of a prefix in Redis, a server or a cluster. */
import type { Cluster, Redis } from 'ioredis';
import { serversOf } from '../../redis/info.ts';
import type { TierUsage } from '../tier.ts';
import { RecentKeys } from './recent-keys.ts';

const PAGE = 1_000;
/** Keys a scan remembers so as not to give them twice. */
const REMEMBERED = 1_000_000;
/** Pages an estimate of usage looks at, and entries it weighs. */
const SAMPLE_PAGES = 50;
const SAMPLE_ENTRIES = 100;

/** A glob that matches what starts with `prefix`, whatever characters it has. */
function globOf(prefix: string): string {
  return `${prefix.replace(/[*?[\]\\^]/g, '\\$&')}*`;
}

/** Pages of Redis keys that start with `prefix`, none empty. */
export async function* scanKeys(redis: Redis | Cluster, prefix: string): AsyncGenerator<string[], void> {
  const recent = new RecentKeys(REMEMBERED);
  const glob = globOf(prefix);
  for (const server of serversOf(redis)) {
    let cursor = '0';
    do {
      const [next, keys] = await server.scan(cursor, 'MATCH', glob, 'COUNT', PAGE);
      cursor = next;
      const page = keys.filter((key) => recent.isNew(key));
      if (page.length > 0) yield page;
    } while (cursor !== '0');
  }
}

/**
 * How many keys start with `prefix` and what they weigh. Up to some ten thousand keys on a server are counted; of more, a
 * sample (the scan's order is that of hashes, so any part of it is one) gives the share of all keys.
 */
export async function estimateUsage(redis: Redis | Cluster, prefix: string): Promise<TierUsage> {
  const parts = await Promise.all(serversOf(redis).map((server) => estimateOn(server, prefix)));
  return {
    entries: parts.reduce((sum, part) => sum + part.entries, 0),
    bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
  };
}

async function estimateOn(server: Redis, prefix: string): Promise<TierUsage> {
  const ours = new Set<string>();
  const seen = new Set<string>();
  let cursor = '0';
  for (let page = 0; page < SAMPLE_PAGES; page += 1) {
    const [next, keys] = await server.scan(cursor, 'COUNT', PAGE);
    cursor = next;
    for (const key of keys) {
      seen.add(key);
      if (key.startsWith(prefix)) ours.add(key);
    }
    if (cursor === '0') break;
  }
  if (ours.size === 0) return { entries: 0, bytes: 0 };
  const all = cursor === '0' ? seen.size : await server.dbsize();
  const entries = Math.round((ours.size / seen.size) * all);
  return { entries, bytes: Math.round(entries * (await meanWeight(server, [...ours]))) };
}

async function meanWeight(server: Redis, keys: readonly string[]): Promise<number> {
  const sample = keys.slice(0, SAMPLE_ENTRIES);
  const weights = await Promise.all(sample.map((key) => server.memory('USAGE', key)));
  return weights.reduce<number>((sum, weight) => sum + (weight ?? 0), 0) / sample.length;
}
