import type { Redis } from 'ioredis';
import type { Clock } from '../core/clock.ts';

/** Knows since when a server is reachable: what made no progress while it was away is not to blame. */
export class Reachable {
  #since: number | undefined;

  constructor({ redis, clock }: { readonly redis: Redis; readonly clock: Clock }) {
    this.#since = redis.status === 'ready' ? clock.elapsed() : undefined;
    redis.on('ready', () => {
      this.#since = clock.elapsed();
    });
    redis.on('close', () => {
      this.#since = undefined;
    });
  }

  /** Monotonic ms of the clock; undefined while it is away. */
  since(): number | undefined {
    return this.#since;
  }
}
