/** One check of the doctor: what it found, and what to do about it. */
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { formatDuration } from '../../core/units.ts';
import { within } from '../../flow/deadline.ts';
import { PATIENCE } from '../../flow/patience.ts';

export const doctorCheck = z.object({
  name: z.string(),
  state: z.enum(['ok', 'warning', 'error']),
  finding: z.string(),
  remedy: z.string().nullable(),
});
export type DoctorCheck = z.infer<typeof doctorCheck>;

export function ok(name: string, finding: string): DoctorCheck {
  return { name, state: 'ok', finding, remedy: null };
}

export function warning(name: string, finding: string, remedy: string): DoctorCheck {
  return { name, state: 'warning', finding, remedy };
}

export function error(name: string, finding: string, remedy: string): DoctorCheck {
  return { name, state: 'error', finding, remedy };
}

/** A check that takes longer has failed. */
export function inTime<T>(clock: Clock, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = () => new Error(`no answer within ${formatDuration(PATIENCE.check)}`);
  return within(clock, PATIENCE.check, work, late);
}
