/** What the doctor found, for tests. */
import { onTestFinished } from 'vitest';
import type { App } from '../../src/app/app.ts';
import type { DoctorCheck, Found } from '../../src/verbs/health/doctor-check.ts';
import type { DoctorFinding, DoctorReport } from '../../src/verbs/health/doctor-shapes.ts';
import type { Examination } from '../../src/verbs/health/examination.ts';

/** `level: finding` of each, by its check; of several of one check, by `check where`. */
export function byCheck({ findings }: DoctorReport): Record<string, string> {
  const isAlone = (check: string) => findings.filter((each) => each.check === check).length === 1;
  return Object.fromEntries(
    findings.flatMap(({ check, where, level, finding }) => {
      const named = [`${check} ${where}`, `${level}: ${finding}`] as const;
      return isAlone(check) ? [named, [check, named[1]] as const] : [named];
    }),
  );
}

/** What one check finds there; the only place that it is about, or the one that is named. */
export async function findingOf(
  { verbs }: Pick<App, 'verbs'>,
  check: string,
  where?: string,
): Promise<DoctorFinding | undefined> {
  const { findings } = await verbs.doctor([check]);
  return findings.find((each) => where === undefined || each.where === where);
}

/** What a check makes of a part of what it could look at. */
export async function examine(check: DoctorCheck, look: Partial<Examination>): Promise<readonly Found[]> {
  const ended = new AbortController();
  onTestFinished(() => ended.abort());
  return check.examine(look as Examination, ended.signal);
}
