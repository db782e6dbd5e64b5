/** What the processes of a chaos run have in common: their orders, and telling the checker. */

import { mono } from './mono.ts';
import type { Bug } from './planted.ts';
import type { Message } from './records.ts';

export interface Orders {
  readonly name: string;
  /** Unique over restarts; values that it sets are named by it. */
  readonly life: string;
  readonly seed: number;
  readonly config: Readonly<Record<string, unknown>>;
  readonly bug?: Bug;
}

export function orders(): Orders {
  // Only the checker starts these processes.
  return JSON.parse(process.argv[2] ?? '') as Orders;
}

/** Resolves when the message is on its way, also should this process be killed right after. */
export function tell(message: Message): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(message, undefined, undefined, (error) => (error === null ? resolve() : reject(error)));
  });
}

const BEAT_MS = 50;
/** A process whose timers come later than this stood still. */
const STALL_MS = 250;

/** Calls `stalled` whenever this process stood still for a while: paused, or kept from the processor. */
export function watchStalls(stalled: (from: number, to: number) => void): void {
  let last = mono();
  setInterval(() => {
    const now = mono();
    if (now - last > STALL_MS) stalled(last, now);
    last = now;
  }, BEAT_MS).unref();
}

/** The checker is gone, so this process has no use any more. */
export function endWithChecker(): void {
  process.on('disconnect', () => process.exit(0));
}
