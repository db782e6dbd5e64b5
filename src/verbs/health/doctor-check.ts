/** One check of the doctor: what it found, and what to do about it. */
import { z } from 'zod';

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
