import type { Inspection } from '../../verbs/inspection-shapes.ts';
import { around } from '../terminal/figures.ts';
import type { Output } from '../terminal/output.ts';
import { printable } from '../terminal/paint.ts';

/** What a tier holds under a key, or why it did not say. */
export type TierRow = Inspection['tiers'][number];

export function headState({ head, error }: TierRow): string {
  if (error !== null) return 'no answer';
  if (head === null) return 'missing';
  return head.kind === 'value' ? head.freshness : `${head.freshness}, ${head.kind}`;
}

/** The version, or validator, of what it holds. */
export function headVersion({ head }: TierRow): string {
  return head?.version ?? head?.etag ?? '';
}

/** Below the table of the tiers: why one did not say. It may be long. */
export function showSilence(out: Output, tiers: readonly TierRow[]): void {
  for (const { tier, error } of tiers)
    if (error !== null) out.line(`  ${out.paint('red', `${tier}: ${printable(error)}`)}`);
}

/** A time of what it holds, for a column; nothing where it holds nothing. */
export function headTime(name: 'checkedAt' | 'dueAt' | 'staleAt' | 'goneAt', now: number) {
  return ({ head }: TierRow): string => (head === null ? '' : around(head[name], now));
}
