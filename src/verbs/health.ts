/** Health: whether this process can work, and what is wrong with the installation. */
import { type DoctorCheck, type DoctorDeps, doctor, doctorCheck, inTime, PROBE_KEY } from './doctor.ts';

/** The shapes that the API describes by name. */
export const healthShapes = { DoctorCheck: doctorCheck };

export interface HealthVerbs {
  /** Each check is bounded, and one that fails is a finding: this never rejects. */
  doctor(): Promise<DoctorCheck[]>;
  /** Why this process cannot do its work now; empty when it can. */
  ready(): Promise<string[]>;
}

export function healthVerbs(deps: DoctorDeps): HealthVerbs {
  return { doctor: () => doctor(deps), ready: () => ready(deps) };
}

async function ready({
  clients,
  stack,
  clock,
}: Pick<DoctorDeps, 'clients' | 'stack' | 'clock'>): Promise<string[]> {
  const reasons: string[] = [];
  if (clients.jobs.status !== 'ready') reasons.push(`the Redis for jobs is ${clients.jobs.status}`);
  const answers = await Promise.allSettled(
    stack.tiers.map((tier) => inTime(clock, (signal) => tier.getMany([PROBE_KEY], 'head', signal))),
  );
  if (answers.every(({ status }) => status === 'rejected')) reasons.push('no tier answers');
  return reasons;
}
