import { count } from '../../../../core/counted.ts';
import { formatSize } from '../../../../core/units.ts';
import { bytesOf } from '../../../../tiers/disk/disk-files.ts';
import { reserveOf } from '../../../../tiers/disk/disk-room.ts';
import { type DoctorCheck, ok, problem, warning } from '../../doctor-check.ts';

const WHERE = 'tiers.disk.path';
/** Of the files that a file system can have. */
const FEW_FILES = 0.02;

export const tierDiskSpace: DoctorCheck = {
  id: 'tier-disk-space',
  whether: 'the disk has space for what the disk tier may hold',
  worst: 'problem',
  why: 'On a disk that is nearly full the tier takes no writes, so that others are left some space; what it then lacks is cold after a restart.',
  needsJobs: false,
  async examine({ diskFile: path, configuration: { diskTier }, host }) {
    if (path === undefined || diskTier === undefined) return [];
    const { free, all, freeFiles, files } = await host.fileSystem(path);
    const left = `${formatSize(free)} of ${formatSize(all)} are free`;
    if (free < reserveOf(all))
      return [problem(WHERE, `${left}: nothing is written any more`, 'make space, or name another disk')];
    if (files > 0 && freeFiles < files * FEW_FILES) {
      const finding = `${count(freeFiles)} more files can be made, of ${count(files)} (inodes)`;
      return [warning(WHERE, finding, 'remove small files from that disk')];
    }
    const more = Math.max(0, diskTier - bytesOf(path));
    if (free - reserveOf(all) >= more) return [ok(WHERE, left)];
    const finding = `${left}, and the file may still grow by ${formatSize(more)} (tiers.disk.maxSize)`;
    return [warning(WHERE, finding, 'make space, or give tiers.disk.maxSize a smaller bound')];
  },
};
