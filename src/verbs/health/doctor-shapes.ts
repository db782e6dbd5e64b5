/** What the doctor says. */
import { z } from 'zod';

/** From what is well to what stops the work. */
export const LEVELS = ['ok', 'note', 'warning', 'problem'] as const;
export type Level = (typeof LEVELS)[number];

export const doctorFinding = z.object({
  check: z.string().describe('Which check found it: an id that never changes its meaning.'),
  level: z
    .enum(LEVELS)
    .describe(
      '`ok`; `note`: worth knowing; `warning`: it costs something, or soon will; `problem`: something does not work, or may be lost.',
    ),
  where: z.string().describe('The part of the configuration, or the process, that it is about.'),
  finding: z.string().describe('What was found.'),
  remedy: z.string().nullable().describe('What to do about it; null of what is well.'),
  docs: z.string().describe('Where the documentation says more.'),
});
export type DoctorFinding = z.infer<typeof doctorFinding>;

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

/** The shapes that the API describes by name. */
export const healthShapes = { DoctorFinding: doctorFinding, DoctorReport: doctorReport };
