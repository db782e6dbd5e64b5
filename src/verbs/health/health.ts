/**
 * Health: whether this process can work, and what is wrong with the installation.
 *
 * `ready` is for load balancers, and quick; a jobs Redis that answers but refuses writes is no place to work with. `doctor` (doctor.ts) is for people: every check is bounded, stands by
 * itself, and says what to do. Each is a small file under `checks/`, and a line of `checks.ts`; `docs/doctor.md` is made of them.
 *
 * While a server is away, the checks of everything else still tell what they find.
 */
import { z } from 'zod';
import { type SilentTier, silenceOf } from '../../core/answer.ts';
import { type Methods, withChecks } from '../../core/arguments.ts';
import { messageOf } from '../../core/errors.ts';
import type { Tier } from '../../tiers/tier.ts';
import { whyNoWrites } from './checks/redis/writes.ts';
import { PROBE_KEY } from './checks/tiers/roundtrip.ts';
import { type DoctorReport, doctor, doctorReport } from './doctor.ts';
import { doctorFinding, inTime } from './doctor-check.ts';
import type { DoctorDeps } from './examination.ts';

/** Checks that a caller may name. */
const MOST_NAMED = 100;

/** The shapes that the API describes by name. */
export const healthShapes = { DoctorFinding: doctorFinding, DoctorReport: doctorReport };

export interface Readiness {
  /** Why it cannot; empty when it can. */
  readonly reasons: readonly string[];
  /** Tiers that do not answer. As long as another one does, reads go on. */
  readonly silent: readonly SilentTier[];
}

export interface HealthVerbs {
  /**
   * Runs the checks of these ids, or all of them where none is named. Each is bounded, and one that cannot tell is reported as such.
   * Rejects with `E_REQUEST_INVALID` for an id that no check has, and for nothing else.
   */
  doctor(checks?: readonly string[]): Promise<DoctorReport>;
  /** Whether this process can do its work now. */
  ready(): Promise<Readiness>;
}

const methods = {
  doctor: [['checks', z.array(z.string()).max(MOST_NAMED).default([])]],
} as const satisfies Methods;

export function healthVerbs(deps: DoctorDeps): HealthVerbs {
  const checked = withChecks(methods, { doctor: (checks) => doctor(deps, checks) });
  return { ...checked, ready: () => ready(deps) };
}

async function ready({ clients, prefixes, stack, clock }: DoctorDeps): Promise<Readiness> {
  const reasons: string[] = [];
  const silent: SilentTier[] = [];
  const look = async (tier: Tier) => {
    try {
      await inTime(clock, (signal) => tier.getMany([PROBE_KEY], 'head', signal));
    } catch (error) {
      silent.push({ tier: tier.name, reason: messageOf(error) });
    }
  };
  const refused = whyNoWrites({ clients, prefixes }).catch(messageOf);
  const jobs = refused.then((reason) => reason !== undefined && reasons.push(reason));
  await Promise.all([jobs, ...stack.tiers.map(look)]);
  // Memory always answers, and holds what this process read: by itself it is not what a process is for.
  const others = stack.tiers.filter(({ traits }) => traits.reach !== 'process');
  const isAlone = others.length > 0 && others.every(({ name }) => silent.some(({ tier }) => tier === name));
  if (isAlone) reasons.push(`no tier answers: ${silenceOf(silent)}`);
  return { reasons, silent };
}
