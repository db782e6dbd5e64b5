/** Noticing that another server may have taken over: a replica that was promoted need not have the last writes. */
import type { Cluster, Redis } from 'ioredis';

/**
 * Calls back when the connection was made anew, and when a slot of a cluster has another primary. It may be the same server as before,
 * so what is done then must do no harm. Returns how to stop that.
 */
export function onServerChange(redis: Redis | Cluster, changed: () => void): () => void {
  let primaries = redis.isCluster ? primariesOf(redis as Cluster) : '';
  let isKnown = redis.status === 'ready';
  const onReady = () => {
    if (isKnown) changed();
    isKnown = true;
  };
  const onRefresh = () => {
    const now = primariesOf(redis as Cluster);
    if (primaries !== '' && now !== primaries) changed();
    primaries = now;
  };
  redis.on('ready', onReady);
  if (redis.isCluster) redis.on('refresh', onRefresh);
  return () => {
    redis.off('ready', onReady);
    redis.off('refresh', onRefresh);
  };
}

/** The primary of each run of slots. */
function primariesOf({ slots }: Cluster): string {
  const runs: string[] = [];
  let last = '';
  for (const [slot, nodes] of slots.entries()) {
    const primary = nodes?.[0] ?? '';
    if (primary !== last) runs.push(`${slot} ${primary}`);
    last = primary;
  }
  return runs.join();
}
