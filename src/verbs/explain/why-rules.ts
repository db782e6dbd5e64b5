/** Why a key is not warm: what became of its value. The first that applies is the nearest cause. */

import { silenceOf } from '../../core/answer.ts';
import { freshnessAt, isMadeStale, isServable, servableAt, timeOf } from '../../core/freshness.ts';
import type { InvalidationMode } from '../../core/invalidation-mode.ts';
import { roundDuration } from '../../core/units.ts';
import { instantText } from '../../core/written-time.ts';
import type { FenceTarget } from '../../tiers/invalidation/fences.ts';
import { isTombstone } from '../../tiers/invalidation/invalidation.ts';
import type { WhyCause } from './causes.ts';
import type { KeyFacts } from './key-facts.ts';
import type { Rules } from './told.ts';

export const WHY_RULES: Rules<WhyCause> = {
  'silent-tier': ({ head, silent, now }) =>
    silent.length === 0 || isServable(head, now)
      ? undefined
      : `Whether it is stored is not known: ${silenceOf(silent)}.`,
  dropped: (facts) =>
    facts.head?.kind === 'dropped' ? `It was dropped by ${invalidationOf(facts, 'drop')}.` : undefined,
  'made-stale': (facts) =>
    isStale(facts) && facts.head !== undefined && isMadeStale(facts.head)
      ? `It was made stale by ${invalidationOf(facts, 'stale')}.`
      : undefined,
  'past-ttl': (facts) => {
    const { head, now } = facts;
    if (head === undefined || !isStale(facts) || isMadeStale(head)) return undefined;
    const since = roundDuration(now - head.staleAt);
    return `Its value is past its ttl since ${instantText(head.staleAt)} (${since}); it can be served until ${instantText(head.goneAt)}.`;
  },
  gone: ({ head, now }) =>
    head !== undefined && head.kind !== 'dropped' && freshnessAt(head, now) === 'gone'
      ? `Its value was past everything at ${instantText(head.goneAt)}.`
      : undefined,
  'not-stored': ({ head, silent }) =>
    head === undefined && silent.length === 0 ? 'No tier holds anything under it.' : undefined,
};

function isStale({ head, now }: KeyFacts): boolean {
  return servableAt(head, now) === 'stale';
}

/** The latest fence that did this to it, or the invalidation that the value itself was marked or replaced by. */
function invalidationOf({ head, fences }: KeyFacts, mode: InvalidationMode): string {
  const isOwn = head !== undefined && isTombstone(head);
  const fence = isOwn ? undefined : fences.find((each) => each.mode === mode);
  if (fence === undefined) return `an invalidation of this key at ${instantText(timeOf(head?.stamp ?? 0))}`;
  return `the invalidation of ${targetWords(fence.target)} at ${instantText(timeOf(fence.stamp))}`;
}

/** A target as a selector writes it: `tag=market:7`. */
export function targetWords(target: FenceTarget): string {
  return target === 'all' ? 'everything' : target.replace(':', '=');
}
