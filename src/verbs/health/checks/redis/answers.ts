import { messageOf } from '../../../../core/errors.ts';
import { type DoctorCheck, ok, problem } from '../../doctor-check.ts';

export const redisAnswers: DoctorCheck = {
  id: 'redis',
  whether: 'the jobs Redis answers, and which version it is',
  worst: 'problem',
  why: 'Queue, runs, budgets, schedules and invalidations are kept there. Without it reads go on from the tiers, and nothing is warmed.',
  needsJobs: false,
  async examine({ clients, jobsInfo }) {
    try {
      const field = await jobsInfo();
      const version = field('valkey_version') || field('redis_version');
      return [ok('redis.jobs', `version ${version} at ${clients.url}`)];
    } catch (failure) {
      return [problem('redis.jobs', messageOf(failure), 'check redis.jobs, and that the server runs')];
    }
  },
};
