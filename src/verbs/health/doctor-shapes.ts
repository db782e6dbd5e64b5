import { z } from 'zod';
import { type DoctorFinding, doctorFinding, LEVELS, type Level } from './doctor-check.ts';

export const doctorReport = z.object({
  level: z.enum(LEVELS).describe('The worst of all findings.'),
  findings: z.array(doctorFinding).describe('The worst first.'),
  unexamined: z
    .array(z.object({ check: z.string(), reason: z.string() }))
    .describe('Checks that could not tell, and why, such as those of a server that is away.'),
});
export type DoctorReport = z.infer<typeof doctorReport>;

/** How many findings have this level. */
export function countOf({ findings }: { readonly findings: readonly DoctorFinding[] }, level: Level): number {
  return findings.filter((each) => each.level === level).length;
}
