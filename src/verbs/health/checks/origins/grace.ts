import { someOf } from '../../../../core/counted.ts';
import { type DoctorCheck, note, ok } from '../../doctor-check.ts';

/** Sources that are named. */
const NAMED = 5;

export const sourceGrace: DoctorCheck = {
  id: 'grace',
  whether: 'values may be served for a while when they are stale',
  worst: 'note',
  why: 'Without a grace time a refresh that is late by a second costs every reader a miss, and an origin that is down empties the cache.',
  needsJobs: false,
  examine({ sources }) {
    const without = [...sources.values()].filter(({ lifetime }) => lifetime.grace === 0);
    if (without.length === 0) return [ok('sources', 'all have a grace time')];
    const names = without.map(({ name }) => name);
    const finding = `no stale value is served of ${someOf(names, NAMED)}`;
    return [note('sources', finding, 'set `grace`, unless a late value is worse than none')];
  },
};
