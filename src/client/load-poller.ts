import { type Clock, sleep } from '../core/clock.ts';
import { isWarm, servableAt } from '../core/freshness.ts';
import { NEVER } from '../core/never.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { MissingKey } from './pending-read.ts';

export interface LoadPollerDeps {
  readonly stack: Stack;
  readonly clock: Clock;
  /** How long it is looked for, in ms. */
  readonly patience: number;
}

/** The first looks come soon after one another, the later ones less so, in ms. */
const FIRST_LOOK_MS = 10;
const LONGEST_LOOK_MS = 100;
const SLOWER = 1.5;

/**
 * Looks in the tiers for values that another process brings. All keys of a batch share a look, and a look reads heads
 * only: a few of them cost less than a subscription for each key, and miss nothing.
 */
export class LoadPoller {
  readonly #deps: LoadPollerDeps;

  constructor(deps: LoadPollerDeps) {
    this.#deps = deps;
  }

  /** Before each look but the first, `still` says which of the keys that did not come are worth waiting for. */
  async wait(
    lacks: readonly MissingKey[],
    landed: (keys: readonly string[]) => void,
    still: (open: readonly MissingKey[]) => Promise<readonly MissingKey[]>,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, patience } = this.#deps;
    const end = clock.elapsed() + patience;
    let open = lacks;
    let pause = FIRST_LOOK_MS;
    while (open.length > 0 && clock.elapsed() < end) {
      await sleep(clock, pause, signal);
      pause = Math.min(pause * SLOWER, LONGEST_LOOK_MS);
      open = await this.#look(open, landed);
      if (open.length > 0) open = await still(open);
    }
  }

  async #look(
    lacks: readonly MissingKey[],
    landed: (keys: readonly string[]) => void,
  ): Promise<readonly MissingKey[]> {
    const { stack, clock } = this.#deps;
    const entries = await stack.getMany(
      lacks.map(({ key }) => key),
      'head',
      NEVER,
    );
    const now = clock.now();
    const came = (_: MissingKey, i: number) => {
      const entry = entries[i];
      return isWarm(servableAt(entry?.head, now));
    };
    const there = lacks.filter(came);
    if (there.length > 0) landed(there.map(({ key }) => key));
    return lacks.filter((lack, i) => !came(lack, i));
  }
}
