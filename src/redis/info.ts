/** The servers behind a connection, and what they say of themselves: INFO. */
import type { Cluster, Redis } from 'ioredis';

/** The servers that hold keys: one, or the primaries of a cluster. */
export function serversOf(redis: Redis | Cluster): Redis[] {
  // `isCluster` is how ioredis itself tells the two apart.
  return redis.isCluster ? (redis as Cluster).nodes('master') : [redis as Redis];
}

/** The answers of all servers that hold keys. Rejects where one does not answer. */
export async function infosOf(redis: Redis | Cluster, ...sections: readonly string[]): Promise<string[]> {
  return Promise.all(serversOf(redis).map((server) => server.info(...sections)));
}

/** A field of an answer; empty where it has none of this name. */
export function infoField(info: string, name: string): string {
  return new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim() ?? '';
}

/** How many keys the servers have pushed out since they were started. */
export async function evictedKeys(redis: Redis | Cluster): Promise<number> {
  const infos = await infosOf(redis, 'stats');
  return infos.reduce((sum, info) => sum + Number(infoField(info, 'evicted_keys')), 0);
}

/** Bytes that the servers have in use, and may use; no bound where one of them has none. */
export async function memoryOf(
  redis: Redis | Cluster,
): Promise<{ readonly used: number; readonly bound: number | undefined }> {
  const infos = await infosOf(redis, 'memory');
  const [used, bounds] = ['used_memory', 'maxmemory'].map((name) =>
    infos.map((info) => Number(infoField(info, name))),
  );
  const sum = (values: readonly number[] = []) => values.reduce((all, value) => all + value, 0);
  return { used: sum(used), bound: bounds?.every((bound) => bound > 0) ? sum(bounds) : undefined };
}
