import { counted } from '../../../../core/counted.ts';
import { type DoctorCheck, ok, warning } from '../../doctor-check.ts';

export const deadLettersCheck: DoctorCheck = {
  id: 'dead-letters',
  whether: 'no key was given up on',
  worst: 'warning',
  why: 'Keys whose every attempt failed are not asked for again by that run, and are cold once what is stored is gone.',
  needsJobs: true,
  async examine({ deadLetters }) {
    const total = await deadLetters.total();
    if (total === 0) return [ok('dead letters', 'there are none')];
    const remedy = '`forewarm runs dead` says why; mend that, then `forewarm runs redrive`';
    return [warning('dead letters', `${counted(total, 'key')} failed for good`, remedy)];
  },
};
