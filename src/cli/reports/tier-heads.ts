import type { Inspection } from '../../verbs/inspection.ts';
import { around } from '../terminal/figures.ts';

/** What a tier holds under a key, or why it did not say. */
export type TierRow = Inspection['tiers'][number];

export function headState({ head, error }: TierRow): string {
  if (error !== null) return 'no answer';
  if (head === null) return 'missing';
  return head.kind === 'value' ? head.freshness : `${head.freshness}, ${head.kind}`;
}

/** A time of what it holds, for a column; nothing where it holds nothing. */
export function headTime(name: 'checkedAt' | 'dueAt' | 'staleAt' | 'goneAt', now: number) {
  return ({ head }: TierRow): string => (head === null ? '' : around(head[name], now));
}
