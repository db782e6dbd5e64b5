import { count } from '../../../../core/counted.ts';
import { type DoctorCheck, ok, warning } from '../../doctor-check.ts';

/** Of the connections that the server allows. */
const NEARLY_ALL = 0.8;

export const redisConnections: DoctorCheck = {
  id: 'redis-connections',
  whether: 'the jobs Redis takes more connections',
  worst: 'warning',
  why: 'Each process has several. A server that has as many as it allows refuses the next process that starts.',
  needsJobs: true,
  async examine({ jobsInfo }) {
    const field = await jobsInfo();
    const [most, now] = [Number(field('maxclients')), Number(field('connected_clients'))];
    // Managed servers may not say.
    if (!(most > 0)) return [ok('redis.jobs', `${count(now)} connections`)];
    const finding = `${count(now)} of at most ${count(most)} connections`;
    if (now <= NEARLY_ALL * most) return [ok('redis.jobs', finding)];
    return [warning('redis.jobs', finding, 'raise `maxclients` of the server, or end what holds so many')];
  },
};
