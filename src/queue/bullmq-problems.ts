import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { isReported } from '../redis/connection-error.ts';
import { refusalOf } from '../redis/reply.ts';

/** A problem that lasts is reported again after this long, in ms. */
const REPEAT_MS = 60_000;
/** How many different problems are remembered; beyond that, all are reported as they come. */
const REMEMBERED = 100;

/** Reports what goes wrong in the background. A server that is down makes every connection complain, again and again. */
export class Problems {
  readonly #clock: Clock;
  readonly #events: Events;
  readonly #reported = new Map<string, number>();

  constructor(clock: Clock, events: Events) {
    this.#clock = clock;
    this.#events = events;
  }

  /** Errors of connections were reported by whoever opened them, once for all who use them. */
  report(where: string, error: unknown): void {
    if (isReported(error)) return;
    const text = `${where}: ${messageOf(error)}`;
    const now = this.#clock.elapsed();
    const before = this.#reported.get(text);
    if (before !== undefined && now - before < REPEAT_MS) return;
    if (this.#reported.size >= REMEMBERED) this.#reported.clear();
    this.#reported.set(text, now);
    this.#events.emit('problem', { where, error });
  }
}

/** What BullMQ or Redis returns; when it fails, `E_REDIS_UNAVAILABLE`. */
export async function queueAnswer<T>(lane: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw refusalOf(cause, `the queue of lane "${lane}"`);
  }
}
