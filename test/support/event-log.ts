import type { EventMap, EventName, Events } from '../../src/core/events.ts';
import { TEST_PATIENCE } from './waiting.ts';

/** Records events and waits for the next one that fits, for a bounded time; a timeout reports what was seen. */
export class EventLog {
  readonly seen: { readonly name: EventName; readonly payload: unknown }[] = [];
  readonly #events: Events;

  constructor(events: Events, names: readonly EventName[]) {
    this.#events = events;
    for (const name of names) events.on(name, (payload) => this.seen.push({ name, payload }));
  }

  async next<N extends EventName>(
    name: N,
    fits: (payload: EventMap[N]) => boolean = () => true,
    withinMs = TEST_PATIENCE,
  ): Promise<EventMap[N]> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        off();
        reject(new Error(`no ${name} within ${withinMs} ms; seen: ${JSON.stringify(this.seen.slice(-20))}`));
      }, withinMs);
      const off = this.#events.on(name, (payload) => {
        if (!fits(payload)) return;
        clearTimeout(timer);
        off();
        resolve(payload);
      });
    });
  }
}
