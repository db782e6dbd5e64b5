import { counted } from '../../../../core/counted.ts';
import { lanesWithOrphans } from '../../../../queue/lanes.ts';
import { type DoctorCheck, ok, warning } from '../../doctor-check.ts';

export const failedJobs: DoctorCheck = {
  id: 'failed-jobs',
  whether: 'no job of the queue was given up on',
  worst: 'warning',
  why: 'Whatever can go wrong with a key is an outcome of that key. A job that fails as a whole met something that nobody foresaw.',
  needsJobs: true,
  async examine({ queue, budgets }) {
    const bad = (await lanesWithOrphans(queue, budgets)).filter(({ failed }) => failed > 0);
    if (bad.length === 0) return [ok('queue', 'none failed')];
    const remedy = '`forewarm runs dead` shows them and why; then `forewarm runs redrive`';
    return bad.map(({ lane, failed }) => warning(`lane ${lane}`, `${counted(failed, 'job')} failed`, remedy));
  },
};
