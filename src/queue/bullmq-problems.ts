import type { Clock } from '../core/clock.ts';
import { ForewarmError, messageOf } from '../core/errors.ts';
import type { Events } from '../core/events.ts';

/** A problem that lasts is told again after this long. */
const REPEAT_MS = 60_000;
/** How many different problems are remembered; more than that at once are told as they come. */
const REMEMBERED = 100;

/** Tells of what goes wrong where nobody waits. A server that is down makes every connection complain, time and again. */
export class Problems {
  readonly #clock: Clock;
  readonly #events: Events;
  readonly #told = new Map<string, number>();

  constructor(clock: Clock, events: Events) {
    this.#clock = clock;
    this.#events = events;
  }

  tell(where: string, error: unknown): void {
    const text = `${where}: ${messageOf(error)}`;
    const now = this.#clock.elapsed();
    const before = this.#told.get(text);
    if (before !== undefined && now - before < REPEAT_MS) return;
    if (this.#told.size >= REMEMBERED) this.#told.clear();
    this.#told.set(text, now);
    this.#events.emit('problem', { where, error });
  }
}

/** The answer of BullMQ or Redis, or the one error of ours that its failure stands for. */
export async function queueAnswer<T>(lane: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new ForewarmError(
      'E_REDIS_UNAVAILABLE',
      `the queue of lane "${lane}" did not answer: ${messageOf(cause)}; check \`redis.jobs\``,
      { details: { lane }, cause },
    );
  }
}
