import { count } from '../../../../core/counted.ts';
import { type DoctorCheck, ok, warning } from '../../doctor-check.ts';

/** Of one process beside its calls to origins: Redis, files, the API and its callers. */
const BESIDE = 256;

export const openFiles: DoctorCheck = {
  id: 'open-files',
  whether: 'this process may have as many files and connections open as it is configured to use',
  worst: 'warning',
  why: 'At the limit every new connection fails (EMFILE): to origins, to Redis, and of callers.',
  needsJobs: false,
  async examine({ budgets, host }) {
    const limit = await host.openFiles();
    if (limit === undefined) return [ok('this process', 'this system has no limit that can be read')];
    const calls = [...budgets.values()].reduce((sum, { concurrency }) => sum + concurrency, 0);
    const finding = `${count(limit)} may be open, and origins allow ${count(calls)} calls at a time`;
    if (limit >= 2 * calls + BESIDE) return [ok('this process', finding)];
    const remedy = `raise the limit (\`ulimit -n ${2 * calls + BESIDE}\`, or LimitNOFILE of its service)`;
    return [warning('this process', finding, remedy)];
  },
};
