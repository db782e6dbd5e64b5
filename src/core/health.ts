/** Whether a process lives, and whether it can do its work: the words of those who find out and of those who tell. */
import type { SilentTier } from './answer.ts';

/** One thing that shows whether a process lives, or that it needs for its work. */
export interface HealthItem {
  readonly name: string;
  /** What is wrong with it, and what to do; null while it is well. */
  readonly reason: string | null;
}

export interface Readiness {
  /** Each thing that the work needs. */
  readonly needs: readonly HealthItem[];
  /** Tiers that do not answer. As long as another one does, reads go on. */
  readonly silent: readonly SilentTier[];
}

export function isWell({ reason }: HealthItem): boolean {
  return reason === null;
}

export const PHASES = ['starting', 'working', 'draining'] as const;

/** How a process with roles is, as it tells the others. */
export interface ProcessState {
  readonly phase: (typeof PHASES)[number];
  /** What shows that it does not go on, though it could; empty while it does. */
  readonly stuck: readonly HealthItem[];
  /** The lanes whose jobs it takes, with how many of each it has under way. */
  readonly lanes: Readonly<Record<string, number>>;
}

/** When something that works all the time last got on: monotonic ms of the clock. */
export interface Movement {
  readonly name: string;
  readonly at: number;
}
