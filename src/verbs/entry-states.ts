/** Whether a listed key is as somebody asks. */
import type { Selector } from '../core/selector/selector.ts';
import type { ENTRY_STATES, EntryFilter, EntryView } from './entry-shapes.ts';

export type Fits = (view: EntryView, now: number) => boolean;

/** Undefined where every key that the selector names fits. */
export function fitting(
  { olderThan, youngerThan }: Selector,
  { state, tier, minBytes }: EntryFilter,
): Fits | undefined {
  if ([olderThan, youngerThan, state, minBytes].every((each) => each === undefined)) return undefined;
  return (view, now) => {
    const age = view.checkedAt === null ? Number.POSITIVE_INFINITY : now - view.checkedAt;
    return (
      (olderThan === undefined || age > olderThan) &&
      (youngerThan === undefined || age < youngerThan) &&
      (minBytes === undefined || (view.freshness !== null && view.bodyBytes >= minBytes)) &&
      (state === undefined || isIn(view, state, tier))
    );
  };
}

function isIn(
  { freshness, state: answer, lacking }: EntryView,
  state: (typeof ENTRY_STATES)[number],
  tier: string | undefined,
): boolean {
  const lacks = tier === undefined ? answer === 'missing' : freshness === null || lacking.includes(tier);
  if (lacks || state === 'missing') return lacks && state === 'missing';
  return state === 'warm' ? freshness === 'fresh' || freshness === 'due' : freshness === state;
}
