import { type DoctorCheck, ok, problem } from '../../doctor-check.ts';

export const redisEviction: DoctorCheck = {
  id: 'redis-eviction',
  whether: 'the jobs Redis keeps what it was given',
  worst: 'problem',
  why: 'With any other policy than noeviction a server whose memory is full removes queued work, runs and budgets without a word.',
  needsJobs: true,
  async examine({ jobsInfo }) {
    const policy = (await jobsInfo())('maxmemory_policy');
    if (policy === 'noeviction') return [ok('redis.jobs', policy)];
    const remedy = 'set `maxmemory-policy noeviction` on the server of redis.jobs';
    return [problem('redis.jobs', `maxmemory-policy is ${policy}: jobs and runs may vanish`, remedy)];
  },
};
