import { type DoctorCheck, ok, problem } from '../../doctor-check.ts';

export const redisRole: DoctorCheck = {
  id: 'redis-role',
  whether: 'the jobs Redis is one that takes writes',
  worst: 'problem',
  why: 'A replica answers every question, and takes no work.',
  needsJobs: true,
  async examine({ jobsInfo }) {
    const field = await jobsInfo();
    if (field('role') !== 'slave') return [ok('redis.jobs', 'it is a primary')];
    const finding = `it is a replica of ${field('master_host')} and takes no writes`;
    return [problem('redis.jobs', finding, 'name the server that takes writes in redis.jobs')];
  },
};
