import type { Clock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import type { Service } from './service.ts';

export interface LifecycleDeps {
  /** In the order they start; they stop in the reverse order. */
  readonly services: readonly Service[];
  readonly clock: Clock;
  readonly events: Events;
  /** Releases what the services worked with, after they have stopped; by the deadline at the latest. */
  readonly release: (deadline: number) => Promise<void>;
}

/** Starts services in order and stops them in the reverse order, once. The first error of a stop is kept and thrown last. */
export class Lifecycle {
  readonly #deps: LifecycleDeps;
  readonly #started: Service[] = [];
  #stopping: Promise<void> | undefined;

  constructor(deps: LifecycleDeps) {
    this.#deps = deps;
  }

  async start(): Promise<void> {
    for (const service of this.#deps.services) {
      if (this.#stopping !== undefined) return;
      this.#started.push(service);
      await service.start();
      this.#deps.events.emit('service:started', { service: service.name });
    }
  }

  stop(deadline: number): Promise<void> {
    this.#stopping ??= this.#stop(deadline);
    return this.#stopping;
  }

  async #stop(deadline: number): Promise<void> {
    const { clock, events, release } = this.#deps;
    const errors: unknown[] = [];
    for (const service of [...this.#started].reverse()) {
      const began = clock.elapsed();
      await service.stop(deadline).catch((error: unknown) => errors.push(error));
      events.emit('service:stopped', { service: service.name, ms: clock.elapsed() - began });
    }
    await release(deadline).catch((error: unknown) => errors.push(error));
    if (errors.length > 0) throw errors[0];
  }
}
