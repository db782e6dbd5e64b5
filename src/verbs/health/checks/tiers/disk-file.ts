import { existsSync } from 'node:fs';
import { PATIENCE } from '../../../../flow/patience.ts';
import { quickCheck } from '../../../../tiers/disk/disk-check.ts';
import { type DoctorCheck, note, ok, problem, warning } from '../../doctor-check.ts';

const WHERE = 'tiers.disk.path';

export const tierDiskFile: DoctorCheck = {
  id: 'tier-disk-file',
  whether: 'the file of the disk tier is whole',
  worst: 'problem',
  why: 'A damaged file is set aside at the first damaged page that is read; what it held is fetched again.',
  needsJobs: false,
  async examine({ diskFile: path, clock }, signal) {
    if (path === undefined) return [];
    if (!existsSync(path)) return [ok(WHERE, `${path} is not there yet`)];
    const answer = await quickCheck({ path, timeout: PATIENCE.check - 500, clock, signal });
    if (answer.state === 'whole') return [ok(WHERE, `${path} is whole`)];
    if (answer.state === 'unfinished') {
      const finding = `${path} was not checked to its end: ${answer.reason}`;
      return [note(WHERE, finding, 'nothing, unless reads of this tier fail: a large file takes longer')];
    }
    if (answer.state === 'unreadable') {
      const finding = `${path} cannot be read: ${answer.reason}`;
      return [warning(WHERE, finding, 'check that it is a file of this user')];
    }
    const remedy =
      'nothing to do: it is set aside at the first damaged page that is read, and a new one begun';
    return [problem(WHERE, `${path}: ${answer.reason}`, remedy)];
  },
};
