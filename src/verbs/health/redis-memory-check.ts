/** The doctor's check of a cache Redis whose memory is bounded: whether it holds what it is given. */

import type { Cluster, Redis } from 'ioredis';
import { counted } from '../../core/counted.ts';
import { formatSize } from '../../core/units.ts';
import { infoField, infosOf } from '../../redis/info.ts';
import { type DoctorCheck, ok, warning } from './doctor-check.ts';

const NAME = 'tier redis memory';
/** Beyond this share of its bound the next run may well not fit. */
const NEARLY_FULL = 0.95;

/** Nothing to say of a server without a bound. Rejects where one does not answer. */
export async function cacheChecks(redis: Redis | Cluster): Promise<DoctorCheck[]> {
  return (await infosOf(redis)).flatMap(checkOf);
}

function checkOf(info: string): DoctorCheck[] {
  const field = (name: string) => infoField(info, name);
  const [bound, used] = [Number(field('maxmemory')), Number(field('used_memory'))];
  if (!(bound > 0)) return [];
  const evicted = Number(field('evicted_keys'));
  const policy = field('maxmemory_policy');
  const state = `${formatSize(used)} of maxmemory ${formatSize(bound)} in use, maxmemory-policy ${policy}`;
  const more = 'raise maxmemory, or keep less in this tier (tiers.redis.ttl, `tiers` of sources)';
  if (evicted > 0 && used > NEARLY_FULL * bound) {
    const finding = `it is full and has pushed out ${counted(evicted, 'key')} since it was started: ${state}`;
    return [warning(NAME, `${finding}; what is warmed does not stay there`, more)];
  }
  if (used > NEARLY_FULL * bound && policy === 'noeviction') {
    return [warning(NAME, `it is full and refuses writes: ${state}`, more)];
  }
  return [
    ok(NAME, evicted > 0 ? `${state}; ${counted(evicted, 'key')} pushed out since it was started` : state),
  ];
}
