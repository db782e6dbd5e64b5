/** Whether an origin is called: what its outage and its pause in the ledger come to. */
import { z } from 'zod';
import type { LedgerState } from '../budget/ledger.ts';
import { time } from './shapes.ts';

export const BREAKER_STATES = ['closed', 'open', 'probing'] as const;

export const originBreaker = z.object({
  state: z
    .enum(BREAKER_STATES)
    .describe(
      '`closed`: it answers. `open`: calls for different keys had no answer, and nobody calls it. `probing`: that time is over, and the next calls find out whether it answers.',
    ),
  since: time().nullable().describe('When it opened; null while it is closed.'),
  reason: z.string().nullable().describe('How the last call failed before it opened.'),
});

export function breakerOf({
  outage,
  pausedUntil,
}: Pick<LedgerState, 'outage' | 'pausedUntil'>): z.infer<typeof originBreaker> {
  if (outage === undefined) return { state: 'closed', since: null, reason: null };
  const { since, reason } = outage;
  return { state: pausedUntil === 0 ? 'probing' : 'open', since, reason };
}
