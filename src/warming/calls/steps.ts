/** What traces show of a call. */
import type { BudgetUser } from '../../core/budget.ts';
import type { Step } from '../../core/tracing.ts';

export function permitStep(origin: string): Step {
  return { name: 'permit', kind: 'internal', attributes: { 'forewarm.origin': origin } };
}

export function callStep(call: {
  readonly origin: string;
  readonly subject: string;
  readonly user: BudgetUser;
  readonly keys: number;
}): Step {
  return {
    name: 'origin call',
    kind: 'internal',
    attributes: {
      'forewarm.origin': call.origin,
      'forewarm.source': call.subject,
      'forewarm.user': call.user,
      'forewarm.keys': call.keys,
    },
  };
}
