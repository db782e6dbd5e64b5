import type { Clock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import type { Movement } from '../core/health.ts';
import type { Service } from '../flow/service.ts';
import { configuredLanes } from '../queue/lanes.ts';
import type { Consumer, Handler, Queue } from '../queue/queue.ts';

export interface WorkerPoolDeps {
  readonly queue: Queue;
  readonly handler: Handler;
  /** One lane per origin, beside the control lane. */
  readonly origins: readonly string[];
  /** Jobs of each class at the same time, per lane. */
  readonly concurrency: number;
  readonly clock: Clock;
  readonly events: Events;
}

/** Runs jobs of every lane. A lane is its own consumer, so that a slow origin holds up no other. */
export class WorkerPool implements Service {
  readonly name = 'workers';
  readonly #deps: WorkerPoolDeps;
  readonly #calledAt = new Map<string, number>();
  #consumers: readonly (readonly [string, Consumer])[] = [];
  #starting: Promise<unknown> = Promise.resolve();
  #deafen = () => {};
  #unended = 0;

  constructor(deps: WorkerPoolDeps) {
    this.#deps = deps;
  }

  async start(): Promise<void> {
    const { queue, handler, origins, concurrency, clock, events } = this.#deps;
    if (this.#consumers.length > 0) return;
    this.#deafen = events.on('origin:call', ({ origin }) => this.#calledAt.set(origin, clock.elapsed()));
    this.#consumers = configuredLanes(origins).map((lane) => [
      lane,
      queue.consume(lane, concurrency, handler),
    ]);
    this.#starting = Promise.all(this.#consumers.map(([, consumer]) => consumer.start()));
    await this.#starting;
  }

  async stop(deadline: number): Promise<void> {
    // A consumer that is about to start would not notice that it is to stop.
    await this.#starting.catch(() => undefined);
    await Promise.all(this.#consumers.map(([, consumer]) => consumer.stop(deadline)));
    this.#unended = this.#consumers.reduce((sum, [, consumer]) => sum + consumer.unended(), this.#unended);
    this.#consumers = [];
    this.#deafen();
  }

  /** Once it has stopped: the jobs whose end the queue was not told, and that others take up when their locks run out. */
  unended(): number {
    return this.#unended;
  }

  /** The jobs that are under way, by lane. */
  active(): Record<string, number> {
    return Object.fromEntries(this.#consumers.map(([lane, consumer]) => [lane, consumer.active()]));
  }

  /**
   * When each lane last got on: a job ended, one was looked for, or a call to its origin ended, which a long chunk of a slow origin
   * does all the time.
   */
  movements(): Movement[] {
    return this.#consumers.map(([lane, consumer]) => ({
      name: `lane ${lane}`,
      at: Math.max(consumer.lastProgress(), this.#calledAt.get(lane) ?? 0),
    }));
  }
}
