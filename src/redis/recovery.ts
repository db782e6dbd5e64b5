import type { Events } from '../core/events.ts';
import { type NamedServer, titleOf } from './refusals.ts';

/** What is told of whoever talks to one server. */
export interface Recovery {
  /** It was said that the server fails it. */
  failed(who: object): void;
  /** The server answers it. */
  answered(who: object): void;
  /** It does not talk to the server any more. */
  left(who: object): void;
}

/** Tells, once all that a server failed have an answer of it again, that it is back: what said that it fails says nothing of its end. */
export function recoveryOf(server: NamedServer, events: Events): Recovery {
  const failing = new Set<object>();
  return {
    failed: (who) => failing.add(who),
    answered: (who) => {
      if (failing.delete(who) && failing.size === 0)
        events.emit('redis:recovered', { where: titleOf(server) });
    },
    left: (who) => failing.delete(who),
  };
}
