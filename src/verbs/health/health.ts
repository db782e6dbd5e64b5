/**
 * Health: whether this process can work, and what is wrong with the installation.
 *
 * `ready` is for load balancers, and quick; a jobs Redis that answers but refuses writes is no place to work with. `doctor` (doctor.ts) is for people: every check (doctor-check.ts) is bounded, stands by
 * itself, and says what to do. Checks that need more than a few lines have a file: clock-check.ts, disk-file-checks.ts, redis-memory-check.ts,
 * origin-check.ts, which asks an origin inside its budget and seldom.
 *
 * While a server is away, the checks of everything else still tell what they find.
 */
import { type SilentTier, silenceOf } from '../../core/answer.ts';
import { messageOf } from '../../core/errors.ts';
import type { Tier } from '../../tiers/tier.ts';
import { type DoctorDeps, doctor, PROBE_KEY } from './doctor.ts';
import { type DoctorCheck, doctorCheck, inTime } from './doctor-check.ts';
import { whyNoWrites } from './write-check.ts';

/** The shapes that the API describes by name. */
export const healthShapes = { DoctorCheck: doctorCheck };

export interface Readiness {
  /** Why it cannot; empty when it can. */
  readonly reasons: readonly string[];
  /** Tiers that do not answer. As long as another one does, reads go on. */
  readonly silent: readonly SilentTier[];
}

export interface HealthVerbs {
  /** Each check is bounded, and one that fails is a finding: this never rejects. */
  doctor(): Promise<DoctorCheck[]>;
  /** Whether this process can do its work now. */
  ready(): Promise<Readiness>;
}

export function healthVerbs(deps: DoctorDeps): HealthVerbs {
  return { doctor: () => doctor(deps), ready: () => ready(deps) };
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
