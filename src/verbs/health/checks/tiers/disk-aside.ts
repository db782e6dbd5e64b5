import { instantText } from '../../../../core/written-time.ts';
import { asideOf } from '../../../../tiers/disk/disk-files.ts';
import { type DoctorCheck, ok, warning } from '../../doctor-check.ts';

const WHERE = 'tiers.disk.path';

export const tierDiskAside: DoctorCheck = {
  id: 'tier-disk-aside',
  whether: 'no damaged file of the disk tier was set aside',
  worst: 'warning',
  why: 'What harmed one file will harm the next, and the file that was set aside takes space.',
  needsJobs: false,
  examine({ diskFile: path }) {
    if (path === undefined) return [];
    const last = asideOf(path).at(-1);
    if (last === undefined) return [ok(WHERE, 'no file was set aside')];
    const at = instantText(Number(last.slice(last.lastIndexOf('-') + 1)));
    const finding = `a damaged or locked file was set aside as ${last} at ${at}, and a new one begun`;
    return [warning(WHERE, finding, 'find out what harmed it, then remove that file and its log')];
  },
};
