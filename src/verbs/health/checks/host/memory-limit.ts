import { formatSize } from '../../../../core/units.ts';
import { type DoctorCheck, ok, warning } from '../../doctor-check.ts';

/** What a process needs beside its values, in bytes: code, work in hand, connections. */
const BESIDE_BYTES = 200e6;

export const memoryLimit: DoctorCheck = {
  id: 'memory-limit',
  whether: 'the memory tier fits into what this host or container allows',
  worst: 'warning',
  why: 'A process that needs more than its container may have is killed, and its memory is cold when it is back. The limit is that of where the doctor runs.',
  needsJobs: false,
  examine({ configuration: { memoryTier }, host }) {
    const limit = host.memoryLimit();
    if (memoryTier === undefined) return [ok('tiers.memory', 'it is off')];
    const needed = memoryTier + BESIDE_BYTES;
    const finding = `tiers.memory.maxSize is ${formatSize(memoryTier)}, and ${formatSize(limit)} are allowed here`;
    if (needed <= limit) return [ok('tiers.memory.maxSize', finding)];
    const remedy = `set it to ${formatSize(Math.max(0, limit - BESIDE_BYTES))} at most, or allow ${formatSize(needed)}`;
    return [warning('tiers.memory.maxSize', finding, remedy)];
  },
};
