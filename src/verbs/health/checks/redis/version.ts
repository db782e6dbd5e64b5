import { type DoctorCheck, ok, warning } from '../../doctor-check.ts';

/** The oldest major version that the tests run on; a Valkey says 7.2 here, whatever its own version is. */
const OLDEST = 7;

export const redisVersion: DoctorCheck = {
  id: 'redis-version',
  whether: 'the jobs Redis is of a version that Forewarm is tested with',
  worst: 'warning',
  why: 'Scripts and permissions of older servers work otherwise, and nobody has tried them.',
  needsJobs: true,
  async examine({ jobsInfo }) {
    const version = (await jobsInfo())('redis_version');
    if (Number.parseInt(version, 10) >= OLDEST)
      return [ok('redis.jobs', `version ${version} is known to work`)];
    const finding = `version ${version || 'unknown'} is older than ${OLDEST}, with which Forewarm is tested`;
    return [warning('redis.jobs', finding, `use a Redis ${OLDEST} or newer, or a Valkey`)];
  },
};
