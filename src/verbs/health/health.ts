/**
 * Health: whether this process can work, and what is wrong with the installation.
 *
 * `ready` (readiness.ts) is for load balancers, and quick: a jobs Redis that answers and refuses writes makes a process unready, too.
 * `doctor` (doctor.ts) is for people: every check is bounded, stands by itself, and says what to do. Each is a small file under
 * `checks/`, and a line of `checks.ts`; `docs/doctor.md` is made of them.
 *
 * While a server is away, the checks of everything else still tell what they find.
 */
import { z } from 'zod';
import { type Methods, withChecks } from '../../core/arguments.ts';
import type { Readiness } from '../../core/health.ts';
import type { DoctorReport } from './doctor-shapes.ts';
import type { DoctorDeps } from './examination.ts';
import { ready } from './readiness.ts';

/** Checks that a caller may name. */
const MOST_NAMED = 100;

export interface HealthVerbs {
  /**
   * Runs the checks of these ids, or all of them where none is named. Each is bounded, and one that cannot tell is reported as such.
   * Rejects with `E_REQUEST_INVALID` for an id that no check has, and for nothing else.
   */
  doctor(checks?: readonly string[]): Promise<DoctorReport>;
  /** Whether what every role needs is there now: the jobs Redis, which takes writes, and a tier. */
  ready(): Promise<Readiness>;
}

const methods = {
  doctor: [['checks', z.array(z.string()).max(MOST_NAMED).default([])]],
} as const satisfies Methods;

export function healthVerbs(deps: DoctorDeps): HealthVerbs {
  const checked = withChecks(methods, {
    // There are some fifty checks, each a file; a process that is not asked for them starts without.
    doctor: async (checks) => (await import('./doctor.ts')).doctor(deps, checks),
  });
  return { ...checked, ready: () => ready(deps) };
}
