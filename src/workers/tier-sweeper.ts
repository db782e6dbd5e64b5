import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { Repeat } from '../flow/repeat.ts';
import type { Service } from '../flow/service.ts';
import type { Tier } from '../tiers/tier.ts';

export interface TierSweeperDeps {
  readonly tiers: readonly Tier[];
  readonly clock: Clock;
  readonly events: Events;
  /** In ms. */
  readonly every: number;
}

/** Entries removed per call to a tier, so that readers get their turn in between. */
const SWEEP = 500;

/**
 * Removes what is gone from the tiers that only this process or this host sees: the job `gc` runs in one process, on one host. Two
 * processes of a host may sweep one disk; what the first removed the second does not find.
 */
export class TierSweeper implements Service {
  readonly name = 'sweeper';
  readonly #deps: TierSweeperDeps;
  readonly #repeat: Repeat;

  constructor(deps: TierSweeperDeps) {
    this.#deps = deps;
    const { clock, events, every } = deps;
    const onError = (error: unknown) => events.emit('problem', { where: 'sweeping tiers', error });
    this.#repeat = new Repeat({ clock, every, work: (signal) => this.#sweep(signal), onError });
  }

  async start(): Promise<void> {
    this.#repeat.start();
  }

  async stop(deadline: number): Promise<void> {
    await this.#repeat.stop(deadline);
  }

  /** Each tier by itself: one that is down does not keep the others from being cleaned. */
  async #sweep(signal: AbortSignal): Promise<void> {
    const { tiers, events } = this.#deps;
    for (const tier of tiers.filter(({ traits }) => traits.reach !== 'shared')) {
      try {
        await this.#sweepOne(tier, signal);
      } catch (error) {
        signal.throwIfAborted();
        events.emit('problem', { where: `sweeping tier ${tier.name}`, error: messageOf(error) });
      }
    }
  }

  async #sweepOne(tier: Tier, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const { removed } = await tier.sweep(this.#deps.clock.now(), SWEEP, signal);
      if (removed < SWEEP) return;
    }
  }
}
