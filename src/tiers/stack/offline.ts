/** What a read without a network asks, and what it leaves alone. */
import type { SilentTier } from '../../core/answer.ts';
import type { Tier } from '../tier.ts';
import type { Stack } from './stack.ts';

/** Whether it can be asked without a network. */
export function isOnHost({ traits }: Pick<Tier, 'traits'>): boolean {
  return traits.reach !== 'shared';
}

/** The tiers that may have the key and are not asked offline, each with that as its reason. */
export function notAskedOffline({ tiers }: Pick<Stack, 'tiers'>, key: string): SilentTier[] {
  return tiers
    .filter((tier) => !isOnHost(tier) && tier.traits.keeps.uses(key))
    .map(({ name }) => ({
      tier: name,
      reason: `tier "${name}" is not asked offline, and no disk of this host keeps its key (\`tiers.disk\`)`,
    }));
}
