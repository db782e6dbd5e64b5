import { type DoctorCheck, type Found, ok, problem } from '../../doctor-check.ts';

/** The fields that tell how the last attempt to write to disk ended, and what each is about. */
const ATTEMPTS = [
  ['rdb_last_bgsave_status', 'its last snapshot'],
  ['aof_last_bgrewrite_status', 'the last rewriting of its append-only file'],
  ['aof_last_write_status', 'the last write to its append-only file'],
] as const;

export const redisPersistence: DoctorCheck = {
  id: 'redis-persistence',
  whether: 'the jobs Redis could write to its disk lately',
  worst: 'problem',
  why: 'A server that cannot write its snapshot soon refuses all writes (MISCONF), and what it holds is lost when it ends.',
  needsJobs: true,
  async examine({ jobsInfo }) {
    const field = await jobsInfo();
    const failed = ATTEMPTS.flatMap(([name, what]): Found[] => {
      if (field(name) !== 'err') return [];
      const remedy = 'look at the space and the rights of its folder (`CONFIG GET dir`), and at its log';
      return [problem('redis.jobs', `${what} failed`, remedy)];
    });
    return failed.length > 0 ? failed : [ok('redis.jobs', 'it writes to its disk')];
  },
};
