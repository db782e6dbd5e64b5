import type { Ending } from './queue.ts';

/** Why a job is released before its handler is done with it. */
export type ReleaseReason = 'lost' | 'stopping';

const REASONS = {
  lost: 'the lock on this job was lost: another worker may take it up',
  stopping: 'this process stops',
} as const satisfies Record<ReleaseReason, string>;

/** A job that a consumer has in hand: how its handler is told to stop, and how long we wait for it. */
export class ActiveJob {
  readonly #controller = new AbortController();
  readonly #released = Promise.withResolvers<Ending>();
  #releasedFor: ReleaseReason | undefined;
  /** When the lock was last known to be ours: monotonic ms. */
  renewedAt: number;

  constructor(now: number) {
    this.renewedAt = now;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get releasedFor(): ReleaseReason | undefined {
    return this.#releasedFor;
  }

  /** Tells the handler to stop. A lock that is lost ends the waiting at once: the job is no longer ours. */
  abort(why: ReleaseReason): void {
    if (this.#releasedFor !== 'lost') this.#releasedFor = why;
    this.#controller.abort(new DOMException(REASONS[why], 'AbortError'));
    if (why === 'lost') this.release();
  }

  /** Ends the waiting for the handler; the job goes back. */
  release(): void {
    this.#released.resolve({ kind: 'back' });
  }

  /** How the job ended, be it that its handler was too slow to say so. Rejects when the handler failed by itself. */
  async ending(handle: () => Promise<Ending>): Promise<Ending> {
    if (this.#releasedFor !== undefined) return { kind: 'back' };
    try {
      return await Promise.race([handle(), this.#released.promise]);
    } catch (error) {
      if (this.#releasedFor === undefined) throw error;
      return { kind: 'back' };
    }
  }
}
