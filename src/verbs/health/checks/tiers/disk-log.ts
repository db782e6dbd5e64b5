import { formatSize } from '../../../../core/units.ts';
import { logBytesOf } from '../../../../tiers/disk/disk-files.ts';
import { LONG_LOG_BYTES } from '../../../../tiers/disk/disk-room.ts';
import { type DoctorCheck, ok, warning } from '../../doctor-check.ts';

const WHERE = 'tiers.disk.path';

export const tierDiskLog: DoctorCheck = {
  id: 'tier-disk-log',
  whether: 'the log of the disk tier is short',
  worst: 'warning',
  why: 'A process that holds a read open keeps the log from being copied back into the file; from a quarter of maxSize on nothing is written.',
  needsJobs: false,
  examine({ diskFile: path }) {
    if (path === undefined) return [];
    const bytes = logBytesOf(path);
    if (bytes <= LONG_LOG_BYTES) return [ok(WHERE, `its log has ${formatSize(bytes)}`)];
    const finding = `${path}-wal has grown to ${formatSize(bytes)}: some process holds a read of the file open`;
    return [warning(WHERE, finding, 'end that process; nothing is written once the log is too long')];
  },
};
