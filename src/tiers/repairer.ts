import type { Clock, Timer } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import type { Service } from '../flow/service.ts';
import type { Stack } from './stack.ts';

export interface RepairerDependencies {
  readonly stack: Stack;
  readonly clock: Clock;
  readonly events: Events;
  /** How long from the end of one look for something to repair to the next, in ms. */
  readonly interval: number;
}

/** Repairs the stack's tiers from time to time, and at once when a tier's breaker closes. */
export class Repairer implements Service {
  readonly name = 'repairer';
  readonly #dependencies: RepairerDependencies;
  #stopped = new AbortController();
  #timer: Timer | undefined;
  #work: Promise<void> | undefined;
  #off: () => void = () => undefined;

  constructor(dependencies: RepairerDependencies) {
    this.#dependencies = dependencies;
    this.#stopped.abort();
  }

  async start(): Promise<void> {
    if (!this.#stopped.signal.aborted) return;
    this.#stopped = new AbortController();
    this.#off = this.#dependencies.events.on('tier:breaker', ({ state }) => {
      if (state === 'closed') this.#begin();
    });
    this.#begin();
  }

  async stop(_deadline: number): Promise<void> {
    this.#off();
    this.#timer?.cancel();
    this.#stopped.abort(new Error('the repairer stops'));
    await this.#work;
  }

  #begin(): void {
    this.#timer?.cancel();
    this.#work ??= this.#repair(this.#stopped.signal).finally(() => {
      this.#work = undefined;
    });
  }

  async #repair(signal: AbortSignal): Promise<void> {
    const { stack, clock, events, interval } = this.#dependencies;
    try {
      await stack.repair(signal);
    } catch (error) {
      if (!signal.aborted) events.emit('problem', { where: 'repairing tiers', error });
    }
    if (!signal.aborted) this.#timer = clock.after(interval, () => this.#begin());
  }
}
