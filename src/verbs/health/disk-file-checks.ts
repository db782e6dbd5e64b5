/** What the doctor finds about the file of the disk tier: itself, its log, and what was set aside. */
import { existsSync } from 'node:fs';
import type { Clock } from '../../core/clock.ts';
import { NEVER } from '../../core/never.ts';
import { formatSize } from '../../core/units.ts';
import { PATIENCE } from '../../flow/patience.ts';
import { type DiskCheck, quickCheck } from '../../tiers/disk/disk-check.ts';
import { asideOf, logBytesOf } from '../../tiers/disk/disk-files.ts';
import { LONG_LOG_BYTES } from '../../tiers/disk/disk-room.ts';
import { type DoctorCheck, error, ok, warning } from './doctor-check.ts';

const FILE = 'tier disk file';

export async function diskFileChecks(path: string, clock: Clock): Promise<DoctorCheck[]> {
  const file = existsSync(path)
    ? [ofFile(path, await quickCheck({ path, timeout: PATIENCE.server, clock, signal: NEVER }))]
    : [];
  return [...file, ...ofLog(path), ...ofAside(path)];
}

/** A check that cannot be finished in time is no finding. */
function ofFile(path: string, answer: DiskCheck): DoctorCheck {
  if (answer.state === 'whole') return ok(FILE, `${path} is whole`);
  if (answer.state === 'unfinished') return ok(FILE, `${path} was not checked to its end: ${answer.reason}`);
  if (answer.state === 'unreadable') {
    return warning(FILE, `${path} cannot be read: ${answer.reason}`, 'check that it is a file of this user');
  }
  const remedy = 'nothing to do: it is set aside at the first damaged page that is read, and a new one begun';
  return error(FILE, `${path}: ${answer.reason}`, remedy);
}

function ofLog(path: string): DoctorCheck[] {
  const bytes = logBytesOf(path);
  if (bytes <= LONG_LOG_BYTES) return [];
  const finding = `${path}-wal has grown to ${formatSize(bytes)}: some process holds a read of the file open`;
  return [warning('tier disk log', finding, 'end that process; nothing is written once the log is too long')];
}

function ofAside(path: string): DoctorCheck[] {
  const last = asideOf(path).at(-1);
  if (last === undefined) return [];
  const at = new Date(Number(last.slice(last.lastIndexOf('-') + 1))).toISOString();
  const finding = `a damaged or locked file was set aside as ${last} at ${at}, and a new one begun`;
  return [
    warning('tier disk set aside', finding, 'find out what harmed it, then remove that file and its log'),
  ];
}
