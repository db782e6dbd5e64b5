/** Reading many values at once. */
import type { Clock } from '../core/clock.ts';
import { NEVER } from '../core/never.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { Selection } from '../warming/selection.ts';
import { valueView } from './entry-verbs.ts';
import type { Verbs } from './verbs.ts';

export interface ReadVerbsDeps {
  readonly stack: Stack;
  readonly selection: Selection;
  readonly clock: Clock;
}

export function readVerbs({ stack, selection, clock }: ReadVerbsDeps): Pick<Verbs, 'getMany'> {
  return {
    async getMany(keys) {
      for (const key of keys) selection.sourceOf(key);
      const { entries, tiers } = await stack.find(keys, 'entry', NEVER);
      const now = clock.now();
      return keys.map((_, i) => valueView(entries[i], tiers[i] ?? stack.name, now));
    },
  };
}
