/**
 * What holds a cold key back now, and a warm one's next refresh. At least one applies to every cold key: what has no other reason
 * waits for a tick, and past that `unexplained` admits it.
 */
import { isWarm, servableAt } from '../../core/freshness.ts';
import { DELAY_CAUSES, type DelayCause } from './causes.ts';
import { KNOWN } from './delay-rules.ts';
import type { KeyFacts } from './key-facts.ts';
import type { Rules, Said } from './told.ts';

const KEY_IS_COLD: (facts: KeyFacts) => boolean = ({ head, now }) => !isWarm(servableAt(head, now));

/**
 * Of a warm key: what holds back its next refresh. The rest is about keys that nothing has, or that a run or a tick is about to take,
 * for which a warm key has time.
 */
const HOLDS_REFRESH: ReadonlySet<DelayCause> = new Set<DelayCause>([
  ...(['redis-away', 'quarantined', 'refused', 'failed', 'no-worker', 'no-worker-knows'] as const),
  'no-scheduler',
]);
/** The same, where it lasts beyond the time when the key is due. */
const HOLDS_BEYOND: ReadonlySet<DelayCause> = new Set<DelayCause>([
  'origin-paused',
  'quota-used-up',
  'refresh-paused',
]);

/** A key that no run has taken up is never due, which is said of when it is next due. */
function holdsRefresh(cause: DelayCause, facts: KeyFacts): Said {
  if (cause === 'unexplained' || (facts.record === undefined && facts.silence === undefined))
    return undefined;
  if (!HOLDS_REFRESH.has(cause) && !HOLDS_BEYOND.has(cause)) return undefined;
  const said = KNOWN[cause](facts);
  if (said === undefined || typeof said === 'string' || !HOLDS_BEYOND.has(cause)) return said;
  return (said.until ?? Number.POSITIVE_INFINITY) > (facts.record?.dueAt ?? 0) ? said : undefined;
}

/** Something for each cold key; for a warm one, what holds its next refresh back. */
export const DELAY_RULES = Object.fromEntries(
  DELAY_CAUSES.map((cause) => [
    cause,
    (facts: KeyFacts): Said => {
      if (!KEY_IS_COLD(facts)) return holdsRefresh(cause, facts);
      if (cause !== 'unexplained') return KNOWN[cause](facts);
      const isKnown = Object.values(KNOWN).some((rule) => rule(facts) !== undefined);
      return isKnown
        ? undefined
        : { sentence: 'Nothing that is known here holds it back; look at everything.', command: ['doctor'] };
    },
  ]),
) as Rules<DelayCause>;
