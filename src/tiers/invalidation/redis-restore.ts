/** Recording again what a server of fences has lost: a replica that was promoted, or a server that was emptied. */
import type { Redis } from 'ioredis';
import type { RedisKeys } from '../../redis/keys.ts';
import { reply } from '../../redis/reply.ts';
import { runScript } from '../../redis/script.ts';
import { slices } from '../../redis/slices.ts';
import type { Fence } from './fences.ts';
import { RESTORE } from './redis-fences-scripts.ts';

/**
 * Returns how many of these fences the server lacked. A process may know later fences than those, so it does not find them by asking
 * for what is above what it knows: the count of restorations, and then the mark, make every process read all.
 */
export async function restoreFences(
  { redis, keys }: { readonly redis: Redis; readonly keys: RedisKeys },
  fences: readonly Fence[],
): Promise<number> {
  const origins = Map.groupBy(fences, ({ origin }) => origin);
  let lost = 0;
  for (const [origin, own] of origins) {
    for (const slice of slices(own)) {
      const args = slice.flatMap(({ mode, target, stamp }) => [String(stamp), `${mode} ${target}`]);
      const names = [keys.ledger(origin), keys.fences(origin)];
      lost += Number(await reply(runScript(redis, RESTORE, names, args)));
    }
  }
  if (lost === 0) return 0;
  const count = await reply(redis.incr(keys.fencesRestored()));
  await reply(redis.set(keys.fenceMark(), `restored ${count} ${fences[0]?.stamp ?? 0}`));
  return lost;
}
