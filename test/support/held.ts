/** Counts what a service holds: timers that are set, and connections that are open. */

import type { Redis } from 'ioredis';
import { type Clock, systemClock, type Timer } from '../../src/core/clock.ts';

export class Held {
  readonly #timers = new Set<Timer>();
  readonly #clients: Redis[] = [];

  /** The machine's clock, whose timers are counted. */
  readonly clock: Clock = {
    ...systemClock,
    after: (ms, fire) => {
      const inner = systemClock.after(ms, () => {
        this.#timers.delete(timer);
        fire();
      });
      const timer: Timer = {
        cancel: () => {
          this.#timers.delete(timer);
          inner.cancel();
        },
      };
      this.#timers.add(timer);
      return timer;
    },
  };

  /** Connections to where this one goes, each of which is counted until it is closed. */
  connector(redis: Redis): () => Redis {
    return () => {
      const client = redis.duplicate();
      client.on('error', () => undefined);
      this.#clients.push(client);
      return client;
    };
  }

  readonly count = (): number => this.#timers.size + this.#clients.filter(isOpen).length;
}

function isOpen({ status }: Redis): boolean {
  return status !== 'end' && status !== 'close';
}
