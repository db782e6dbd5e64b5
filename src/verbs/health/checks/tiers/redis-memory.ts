/** The cache Redis whose memory is bounded: whether it holds what it is given. */
import { counted } from '../../../../core/counted.ts';
import { formatSize } from '../../../../core/units.ts';
import { infoField, infosOf } from '../../../../redis/info.ts';
import { type DoctorCheck, type Found, ok, warning } from '../../doctor-check.ts';

const WHERE = 'redis.cache';
/** Beyond this share of its bound the next run may well not fit. */
const NEARLY_FULL = 0.95;

export const tierRedisMemory: DoctorCheck = {
  id: 'tier-redis-memory',
  whether: 'the cache Redis keeps what is warmed',
  worst: 'warning',
  why: 'A server that is full pushes out what was warmed before anybody reads it, or refuses what is new.',
  needsJobs: false,
  async examine({ stack, clients }) {
    if (!stack.tiers.some(({ name }) => name === 'redis')) return [];
    if (clients.isOne) return [ok(WHERE, 'values are kept in the jobs Redis; see redis-memory')];
    return (await infosOf(clients.cache)).map(foundOf);
  },
};

function foundOf(info: string): Found {
  const field = (name: string) => infoField(info, name);
  const [bound, used] = [Number(field('maxmemory')), Number(field('used_memory'))];
  if (!(bound > 0)) return ok(WHERE, `${formatSize(used)} in use, without a bound of its own`);
  const evicted = Number(field('evicted_keys'));
  const policy = field('maxmemory_policy');
  const state = `${formatSize(used)} of maxmemory ${formatSize(bound)} in use, maxmemory-policy ${policy}`;
  const more = 'raise maxmemory, or keep less in this tier (tiers.redis.ttl, `tiers` of sources)';
  if (evicted > 0 && used > NEARLY_FULL * bound) {
    const finding = `it is full and has pushed out ${counted(evicted, 'key')} since it was started: ${state}`;
    return warning(WHERE, `${finding}; what is warmed does not stay there`, more);
  }
  if (used > NEARLY_FULL * bound && policy === 'noeviction')
    return warning(WHERE, `it is full and refuses writes: ${state}`, more);
  return ok(
    WHERE,
    evicted > 0 ? `${state}; ${counted(evicted, 'key')} pushed out since it was started` : state,
  );
}
