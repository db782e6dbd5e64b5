/**
 * One check of the doctor: what it examines, as data, and what it finds. Each has a small file under `checks/`; `checks.ts` lists them,
 * and the page `docs/doctor.md` is made of that list.
 */
import type { Clock } from '../../core/clock.ts';
import { formatDuration } from '../../core/units.ts';
import { within } from '../../flow/deadline.ts';
import { PATIENCE } from '../../flow/patience.ts';
import type { DoctorFinding, Level } from './doctor-shapes.ts';
import type { Examination } from './examination.ts';

/** What a check finds; which check it was is added by who ran it. */
export type Found = Pick<DoctorFinding, 'level' | 'where' | 'finding' | 'remedy'>;

export interface DoctorCheck {
  /** Stable: scripts and alerts name it. Lower case, with hyphens. */
  readonly id: string;
  /** What it looks at, as the rest of a sentence that begins with "whether". */
  readonly whether: string;
  /** The worst that it may find. */
  readonly worst: Exclude<Level, 'ok'>;
  /** Why anybody should care, in a sentence or two. */
  readonly why: string;
  /** Whether it cannot tell anything without a jobs Redis. */
  readonly needsJobs: boolean;
  /** Rejects where it cannot tell; that is reported as such, and holds up no other check. */
  examine(look: Examination, signal: AbortSignal): Promise<readonly Found[]> | readonly Found[];
}

export function ok(where: string, finding: string): Found {
  return { level: 'ok', where, finding, remedy: null };
}

export function note(where: string, finding: string, remedy: string): Found {
  return { level: 'note', where, finding, remedy };
}

export function warning(where: string, finding: string, remedy: string): Found {
  return { level: 'warning', where, finding, remedy };
}

export function problem(where: string, finding: string, remedy: string): Found {
  return { level: 'problem', where, finding, remedy };
}

/** One of several things that a check looks at, such as a tier; one that takes longer has failed. */
export function inTime<T>(clock: Clock, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = () => new Error(`no answer within ${formatDuration(PATIENCE.check)}`);
  return within(clock, PATIENCE.check, work, late);
}
