import { counted } from '../../../../core/counted.ts';
import { type DoctorCheck, type Found, ok, warning } from '../../doctor-check.ts';

/** Of one page; of more it is enough to know that there are many. */
const LOOKED_AT = 500;

export const quarantineCheck: DoctorCheck = {
  id: 'quarantine',
  whether: 'no key is in quarantine',
  worst: 'warning',
  why: 'A key that failed again and again is tried seldom, so that it does not use up the budget: it is cold meanwhile.',
  needsJobs: true,
  async examine({ catalog, sources }) {
    const found = await Promise.all(
      [...sources.keys()].map(async (source): Promise<Found[]> => {
        const { records, cursor } = await catalog.scan(source, undefined, LOOKED_AT, 'quarantined');
        const keys = new Set(records.map(({ key }) => key)).size;
        if (keys === 0) return [];
        const more = cursor === undefined ? '' : ' or more';
        const remedy = '`forewarm quarantine` says why; mend that, then `forewarm quarantine release`';
        return [warning(`sources.${source}`, `${counted(keys, 'key')}${more} in quarantine`, remedy)];
      }),
    );
    const bad = found.flat();
    return bad.length > 0 ? bad : [ok('quarantine', 'it is empty')];
  },
};
