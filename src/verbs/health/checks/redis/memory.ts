import { formatSize } from '../../../../core/units.ts';
import { type DoctorCheck, type Found, ok, warning } from '../../doctor-check.ts';

/** Of the bound of its memory; beyond this a server that does not evict may soon refuse all writes. */
const NEARLY_FULL = 0.85;

export const redisMemory: DoctorCheck = {
  id: 'redis-memory',
  whether: 'the jobs Redis has memory left',
  worst: 'warning',
  why: 'A server that is full, and does not evict, refuses every write: nothing is queued, recorded or paused any more. One that values share fills with them.',
  needsJobs: true,
  async examine({ clients, jobsInfo }) {
    const field = await jobsInfo();
    const [bound, used] = [Number(field('maxmemory')), Number(field('used_memory'))];
    if (!(bound > 0)) return [ok('redis.jobs', `${formatSize(used)} in use, without a bound of its own`)];
    const found: Found[] = [];
    if (clients.isOne) {
      const finding = `jobs and values share a server that is bounded to ${formatSize(bound)}`;
      const remedy = 'give values a server of their own that may evict: redis.cache';
      found.push(warning('redis.jobs', finding, remedy));
    }
    const state = `${formatSize(used)} of maxmemory ${formatSize(bound)} in use`;
    if (used > NEARLY_FULL * bound)
      found.push(warning('redis.jobs', state, 'raise maxmemory before it is full'));
    return found.length > 0 ? found : [ok('redis.jobs', state)];
  },
};
