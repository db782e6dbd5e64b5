import type { Clock, Timer } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import type { Service } from '../flow/service.ts';

export interface MenderParts {
  /** Brings tiers that failed, and work again, what they missed; from the other tiers, never from an origin. */
  readonly repair: (signal: AbortSignal) => Promise<unknown>;
  readonly clock: Clock;
  readonly events: Events;
  readonly every: number;
}

/** Repairs tiers in the background. */
export class Mender implements Service {
  readonly name = 'mender';
  readonly #parts: MenderParts;
  #timer: Timer | undefined;
  #abort: AbortController | undefined;

  constructor(parts: MenderParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    if (this.#abort !== undefined) return;
    this.#abort = new AbortController();
    this.#plan(this.#abort.signal);
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#abort?.abort(new Error('the process is stopping'));
    this.#abort = undefined;
  }

  #plan(signal: AbortSignal): void {
    const { clock, every, events, repair } = this.#parts;
    this.#timer = clock.after(every, () => {
      repair(signal)
        .catch((error: unknown) => {
          if (!signal.aborted) events.emit('problem', { where: 'repair of tiers', error });
        })
        .finally(() => {
          if (!signal.aborted) this.#plan(signal);
        });
    });
  }
}
