import { reply } from '../../../../redis/reply.ts';
import { type DoctorCheck, ok, warning } from '../../doctor-check.ts';

const PINGS = 7;
/** What half of the replies may take, in ms: each batch of calls, and each job, waits for several of them. */
const SLOW_MS = 25;

export const redisLatency: DoctorCheck = {
  id: 'redis-latency',
  whether: 'the jobs Redis answers quickly from here',
  worst: 'warning',
  why: 'Each batch of calls to an origin, and each job, waits for several replies. A server in another region makes everything slow.',
  needsJobs: true,
  async examine({ clients, clock }) {
    const times: number[] = [];
    for (let i = 0; i < PINGS; i += 1) {
      const began = clock.elapsed();
      await reply(clients.jobs.ping());
      times.push(clock.elapsed() - began);
    }
    const sorted = times.toSorted((a, b) => a - b);
    const [half = 0, most = 0] = [sorted[Math.floor(PINGS / 2)], sorted.at(-1)];
    const finding = `half of ${PINGS} replies came within ${half.toFixed(1)} ms, and all within ${most.toFixed(1)} ms`;
    if (half <= SLOW_MS) return [ok('redis.jobs', finding)];
    const remedy =
      'bring the server nearer, or look for slow commands (SLOWLOG GET) and swapping on its host';
    return [warning('redis.jobs', finding, remedy)];
  },
};
