/** Health: whether this process can work, and what is wrong with the installation. */
import { messageOf } from '../core/errors.ts';
import { reply } from '../redis/reply.ts';
import { type DoctorDeps, doctor, inTime, PROBE_KEY } from './doctor.ts';
import { type DoctorCheck, doctorCheck } from './doctor-check.ts';

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
  const [jobs, ...answers] = await Promise.allSettled([
    reply(clients.jobs.ping()),
    ...stack.tiers.map((tier) => inTime(clock, (signal) => tier.getMany([PROBE_KEY], 'head', signal))),
  ]);
  if (jobs.status === 'rejected') reasons.push(messageOf(jobs.reason));
  if (answers.every(({ status }) => status === 'rejected')) reasons.push('no tier answers');
  return reasons;
}
