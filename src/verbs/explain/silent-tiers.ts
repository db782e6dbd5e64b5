import type { SilentTier } from '../../core/answer.ts';
import type { Stack } from '../../tiers/stack/stack.ts';

/** The tiers that did not answer and may have a key. `reasonOf` says why one did not, by its name. */
export function silentTiersOf(
  { tiers }: Pick<Stack, 'tiers'>,
  key: string,
  reasonOf: (tier: string) => string | undefined,
): SilentTier[] {
  return tiers.flatMap(({ name: tier, traits }) => {
    const reason = reasonOf(tier);
    return reason === undefined || !traits.keeps.uses(key) ? [] : [{ tier, reason }];
  });
}
