/**
 * The doctor: runs the checks of `checks.ts` side by side, each within a bound of its own, and gathers what they find. A check that
 * hangs or fails holds up no other; what could not be examined is named, never taken for well.
 */
import { ForewarmError, messageOf } from '../../core/errors.ts';
import { nearestWord } from '../../core/nearest.ts';
import { formatDuration } from '../../core/units.ts';
import { within } from '../../flow/deadline.ts';
import { PATIENCE } from '../../flow/patience.ts';
import { CHECKS } from './checks.ts';
import type { DoctorCheck } from './doctor-check.ts';
import { type DoctorReport, LEVELS, type Level } from './doctor-shapes.ts';
import { type DoctorDeps, type Examination, examinationOf } from './examination.ts';

/** A check bounds what it looks at one by one by `PATIENCE.check`; all of it together takes no longer than this, in ms. */
const BOUND_MS = PATIENCE.check + 1_000;
const late = () => new Error(`no answer within ${formatDuration(BOUND_MS)}`);

/** Where a check is described. */
function docsOf(id: string): string {
  return `docs/doctor.md#${id}`;
}

/** Runs the checks of these ids, or all of them where none is named. Throws `E_REQUEST_INVALID` for an unknown one. */
export async function doctor(deps: DoctorDeps, ids: readonly string[]): Promise<DoctorReport> {
  const look = examinationOf(deps);
  const all = await Promise.all(chosen(ids).map((check) => examined(check, look)));
  const findings = all.flatMap((each) => each.findings).toSorted((a, b) => rank(b.level) - rank(a.level));
  return {
    level: findings[0]?.level ?? 'ok',
    findings,
    unexamined: all.flatMap(({ unexamined }) => unexamined),
  };
}

function chosen(ids: readonly string[]): readonly DoctorCheck[] {
  for (const id of ids) {
    if (CHECKS.some((check) => check.id === id)) continue;
    const all = CHECKS.map((check) => check.id);
    const near = nearestWord(id, all);
    const hint = near === undefined ? `there are ${all.join(', ')}` : `did you mean "${near}"?`;
    throw new ForewarmError('E_REQUEST_INVALID', `the doctor has no check "${id}"; ${hint}`);
  }
  return ids.length === 0 ? CHECKS : CHECKS.filter(({ id }) => ids.includes(id));
}

type Examined = Pick<DoctorReport, 'findings' | 'unexamined'>;

async function examined(check: DoctorCheck, look: Examination): Promise<Examined> {
  const { id } = check;
  try {
    const examine = async (signal: AbortSignal) => {
      if (check.needsJobs) await look.jobsReached();
      return check.examine(look, signal);
    };
    const found = await within(look.clock, BOUND_MS, examine, late);
    return { findings: found.map((each) => ({ check: id, ...each, docs: docsOf(id) })), unexamined: [] };
  } catch (failure) {
    return { findings: [], unexamined: [{ check: id, reason: messageOf(failure) }] };
  }
}

function rank(level: Level): number {
  return LEVELS.indexOf(level);
}
