import { type DoctorCheck, ok, warning } from '../../doctor-check.ts';

export const temperatures: DoctorCheck = {
  id: 'temperatures',
  whether: 'ttl, refresh-ahead point and schedule of each source hold together',
  worst: 'warning',
  why: 'Values that are stale before the next tick are not warm in between, or are refreshed more often than the schedule says.',
  needsJobs: false,
  examine({ ageNotes }) {
    const notes = ageNotes();
    if (notes.length === 0) return [ok('temperatures', 'every value lives from one refresh to the next')];
    return notes.map(({ path, message }) =>
      warning(path, message, 'lengthen the ttl, or refresh more often'),
    );
  },
};
