/** The life of a value: fresh, then due, then stale, then gone. */
import type { Head } from '../../../../src/api-client/client.ts';

export interface Phase {
  readonly name: 'fresh' | 'due' | 'stale';
  readonly from: number;
  readonly until: number;
}

/** Those that last. An absence, or a value without a grace, is never stale. */
export function phasesOf({ checkedAt, dueAt, staleAt, goneAt }: Head): Phase[] {
  const due = Math.min(dueAt, staleAt);
  const all: Phase[] = [
    { name: 'fresh', from: checkedAt, until: due },
    { name: 'due', from: due, until: staleAt },
    { name: 'stale', from: staleAt, until: goneAt },
  ];
  return all.filter(({ from, until }) => until > from);
}

/** Where on a line of phases of the same length a time is, from 0 to 1, and in which of them. */
export function phaseAt(
  phases: readonly Phase[],
  now: number,
): { at: number; phase: Phase['name'] | 'gone' } {
  const i = phases.findIndex(({ until }) => now < until);
  const phase = phases[i];
  if (phase === undefined) return { at: 1, phase: 'gone' };
  const share = Math.max(0, (now - phase.from) / (phase.until - phase.from));
  return { at: (i + share) / phases.length, phase: phase.name };
}
