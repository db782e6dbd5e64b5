/** Asking the tiers of this host one by one: one that fails says so, and costs freshness only. */
import type { SilentTier } from '../core/answer.ts';
import type { Entry } from '../core/entry.ts';
import { ForewarmError, messageOf } from '../core/errors.ts';
import { NEVER } from '../core/never.ts';
import { isOnHost, notAskedOffline } from '../tiers/stack/offline.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { Tier, Want } from '../tiers/tier.ts';

/** Those that can be asked without a network. */
export function hostTiers({ tiers }: Pick<Stack, 'tiers'>): readonly Tier[] {
  return tiers.filter(isOnHost);
}

/** Where no tier of this host keeps the key, an offline read has nowhere to look: the tiers that it leaves alone. Else none. */
export function withoutHost(stack: Pick<Stack, 'tiers'>, key: string): readonly SilentTier[] {
  const isKept = hostTiers(stack).some(({ traits }) => traits.keeps.uses(key));
  return isKept ? [] : notAskedOffline(stack, key);
}

export interface Look {
  /** In the order of the keys; empty where the tier did not answer. */
  readonly entries: readonly (Entry | undefined)[];
  readonly silent: SilentTier | undefined;
}

/** Rejects only when the stack is closed. */
export async function look(
  stack: Pick<Stack, 'look'>,
  tier: Tier,
  keys: readonly string[],
  want: Want,
): Promise<Look> {
  try {
    return { entries: await stack.look(tier, keys, want, NEVER), silent: undefined };
  } catch (error) {
    if (error instanceof ForewarmError && error.code === 'E_TIER_CLOSED') throw error;
    return { entries: [], silent: { tier: tier.name, reason: messageOf(error) } };
  }
}
