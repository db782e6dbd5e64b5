import { type SilentTier, silenceOf } from '../../core/answer.ts';
import { messageOf } from '../../core/errors.ts';
import type { Readiness } from '../../core/health.ts';
import type { Tier } from '../../tiers/tier.ts';
import { whyNoWrites } from './checks/redis/writes.ts';
import { PROBE_KEY } from './checks/tiers/roundtrip.ts';
import { inTime } from './doctor-check.ts';
import type { DoctorDeps } from './examination.ts';

type ReadinessDeps = Pick<DoctorDeps, 'clients' | 'prefixes' | 'stack' | 'clock'>;

/** Whether what every role needs is there now. */
export async function ready({ clients, prefixes, stack, clock }: ReadinessDeps): Promise<Readiness> {
  const silent: SilentTier[] = [];
  const look = async (tier: Tier) => {
    try {
      await inTime(clock, (signal) => tier.getMany([PROBE_KEY], 'head', signal));
    } catch (error) {
      silent.push({ tier: tier.name, reason: messageOf(error) });
    }
  };
  const refused = whyNoWrites({ clients, prefixes }).catch(messageOf);
  const [redis] = await Promise.all([refused, ...stack.tiers.map(look)]);
  // Memory always answers, and holds what this process read: by itself it is not what a process is for.
  const others = stack.tiers.filter(({ traits }) => traits.reach !== 'process');
  const isAlone = others.length > 0 && others.every(({ name }) => silent.some(({ tier }) => tier === name));
  const needs = [
    { name: 'redis', reason: redis ?? null },
    { name: 'tiers', reason: isAlone ? `no tier answers: ${silenceOf(silent)}` : null },
  ];
  return { needs, silent };
}
