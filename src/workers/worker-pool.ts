import type { Clock } from '../core/clock.ts';
import type { Service } from '../flow/service.ts';
import { CONTROL_LANE, type Consumer, type Handler, type Queue } from '../queue/queue.ts';

export interface WorkerPoolParts {
  readonly queue: Queue;
  readonly handler: Handler;
  /** One lane per origin, beside the control lane. */
  readonly origins: readonly string[];
  /** Jobs at the same time, per lane. */
  readonly concurrency: number;
  readonly clock: Clock;
}

/** A lane that has jobs in hand and shows no progress for longer than this, in ms, is wedged. */
const WEDGED_AFTER_MS = 180_000;

/** Runs jobs of every lane. A lane is its own consumer, so that a slow origin holds up no other. */
export class WorkerPool implements Service {
  readonly name = 'workers';
  readonly #parts: WorkerPoolParts;
  #consumers: readonly (readonly [string, Consumer])[] = [];

  constructor(parts: WorkerPoolParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { queue, handler, origins, concurrency } = this.#parts;
    if (this.#consumers.length > 0) return;
    this.#consumers = [CONTROL_LANE, ...origins].map((lane) => [
      lane,
      queue.consume(lane, concurrency, handler),
    ]);
    await Promise.all(this.#consumers.map(([, consumer]) => consumer.start()));
  }

  async stop(deadline: number): Promise<void> {
    await Promise.all(this.#consumers.map(([, consumer]) => consumer.stop(deadline)));
    this.#consumers = [];
  }

  /** Lanes that stopped making progress: a ping says nothing of a wedged worker. */
  wedged(): string[] {
    const now = this.#parts.clock.elapsed();
    return this.#consumers
      .filter(([, consumer]) => now - consumer.lastProgress() > WEDGED_AFTER_MS)
      .map(([lane]) => `lane "${lane}" made no progress for ${Math.round(WEDGED_AFTER_MS / 1_000)} s`);
  }
}
