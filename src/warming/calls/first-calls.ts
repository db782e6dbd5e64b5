import { abortable } from '../../flow/abortable.ts';

/** Calls under way at an origin that has not answered yet: enough to begin with, few enough to be refused together. */
const FEW = 4;

/**
 * Holds back the calls of this process to one origin until it has given an answer. What it answers to the first ones is not known
 * before: a ban, a limit or a wrong password would be met by as many calls as the budget allows.
 */
export class FirstCalls {
  #isWell = false;
  #underWay = 0;
  #ended = Promise.withResolvers<void>();

  /** Resolves when a call may be made; `over` says that it has ended. Rejects with the signal's reason once it aborts. */
  async enter(signal: AbortSignal): Promise<void> {
    while (!this.#isWell && this.#underWay >= FEW) await abortable(signal, this.#ended.promise);
    this.#underWay += 1;
  }

  /** A call has ended, however: the next one may be made, or all of them. */
  over(): void {
    this.#underWay -= 1;
    this.#ended.resolve();
    this.#ended = Promise.withResolvers();
  }

  /** The origin has given an answer. */
  answered(): void {
    this.#isWell = true;
  }

  /** It has asked for fewer calls, so it is begun with anew. */
  throttled(): void {
    this.#isWell = false;
  }
}
