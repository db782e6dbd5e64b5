import type { Clock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import { Repeat } from '../flow/repeat.ts';
import type { Service } from '../flow/service.ts';

export interface TierRepairerDeps {
  /** Writes to tiers that work again what they missed while they failed: from the other tiers, never from an origin. */
  readonly repair: (signal: AbortSignal) => Promise<unknown>;
  readonly clock: Clock;
  readonly events: Events;
  /** In ms. */
  readonly every: number;
}

/** Repairs tiers in the background. */
export class TierRepairer implements Service {
  readonly name = 'repairer';
  readonly #repeat: Repeat;

  constructor({ repair, clock, events, every }: TierRepairerDeps) {
    const onError = (error: unknown) => events.emit('problem', { where: 'repair of tiers', error });
    this.#repeat = new Repeat({ clock, every, work: repair, onError });
  }

  async start(): Promise<void> {
    this.#repeat.start();
  }

  async stop(deadline: number): Promise<void> {
    await this.#repeat.stop(deadline);
  }
}
