/**
 * On whose behalf something is done: the token of a request, the user of a command. Like an errand it travels with the asynchronous
 * work that was begun for them, so that no verb has to be told.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** How somebody asks. */
export const WAYS = ['api', 'cli', 'library', 'inbox'] as const;
export type Way = (typeof WAYS)[number];

export interface Actor {
  /** The name of a token, or user and host of a command. */
  readonly who: string;
  readonly way: Way;
}

const storage = new AsyncLocalStorage<Actor>();

/** Whatever `work` begins is done for them. */
export function actAs<T>(actor: Actor, work: () => T): T {
  return storage.run(actor, work);
}

/** Undefined where nobody in particular asks. */
export function currentActor(): Actor | undefined {
  return storage.getStore();
}
