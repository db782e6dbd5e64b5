import { type DoctorCheck, ok, warning } from '../../doctor-check.ts';

export const redisDurability: DoctorCheck = {
  id: 'redis-durability',
  whether: 'the jobs Redis keeps its data over a restart',
  worst: 'warning',
  why: 'Without an append-only file, a restart loses the work that was queued, and the pauses of schedules, since the last snapshot.',
  needsJobs: true,
  async examine({ jobsInfo }) {
    if ((await jobsInfo())('aof_enabled') === '1') return [ok('redis.jobs', 'append-only file is on')];
    const finding = 'append-only file is off: a restart of Redis loses queued work';
    return [warning('redis.jobs', finding, 'set `appendonly yes` on the server of redis.jobs')];
  },
};
