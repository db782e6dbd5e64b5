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

/** When something that works all the time last got on: monotonic ms of the clock. */
export interface Movement {
  readonly name: string;
  readonly at: number;
}
