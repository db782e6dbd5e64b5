import { counted } from '../../../../core/counted.ts';
import { type DoctorCheck, type Found, note, ok, warning } from '../../doctor-check.ts';
import type { Examination } from '../../examination.ts';

/** Keys in quarantine that are counted: of more it is enough to know that there are many. */
const MANY = 500;
/** Failures that are looked at in one page, and pages: those in quarantine may be the last of many that fail. */
const PAGE = 500;
const PAGES = 40;
const REMEDY = '`forewarm quarantine` says why; mend that, then `forewarm quarantine release`';

export const quarantineCheck: DoctorCheck = {
  id: 'quarantine',
  whether: 'no key is in quarantine',
  worst: 'warning',
  why: 'A key that failed again and again is tried seldom, so that it does not use up the budget: it is cold meanwhile.',
  needsJobs: true,
  async examine({ catalog, sources }) {
    const found = await Promise.all(
      [...sources.keys()].map(async (source): Promise<Found[]> => {
        const { keys, isAll } = await setAside(catalog, source);
        const where = `sources.${source}`;
        const more = isAll ? '' : ' or more';
        if (keys > 0) return [warning(where, `${counted(keys, 'key')}${more} in quarantine`, REMEDY)];
        if (isAll) return [];
        const many = counted(PAGES * PAGE, 'failing key');
        return [note(where, `none in quarantine among ${many}; not all were looked at`, REMEDY)];
      }),
    );
    const bad = found.flat();
    return bad.length > 0 ? bad : [ok('quarantine', 'it is empty')];
  },
};

/** How many keys are set aside, as far as they were looked for. A walk may pass a key twice. */
async function setAside(
  catalog: Examination['catalog'],
  source: string,
): Promise<{ readonly keys: number; readonly isAll: boolean }> {
  const keys = new Set<string>();
  let cursor: string | undefined;
  for (let page = 0; page < PAGES && keys.size < MANY; page += 1) {
    const { records, cursor: next } = await catalog.scan(source, cursor, PAGE, 'quarantined');
    for (const { key } of records) keys.add(key);
    if (next === undefined) return { keys: keys.size, isAll: true };
    cursor = next;
  }
  return { keys: keys.size, isAll: false };
}
