import { type SilentTier, silenceOf } from '../core/answer.ts';
import type { Clock } from '../core/clock.ts';
import type { Head } from '../core/entry.ts';
import { ForewarmError } from '../core/errors.ts';
import { isServable } from '../core/freshness.ts';
import { NEVER } from '../core/never.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import { hostTiers, look, withoutHost } from './host-tiers.ts';

export interface StoredValuesDeps {
  readonly stack: Stack;
  readonly clock: Clock;
}

/** Whether there is a value, without reading or loading it. */
export class StoredValues {
  readonly #deps: StoredValuesDeps;

  constructor(deps: StoredValuesDeps) {
    this.#deps = deps;
  }

  /** Rejects with `E_TIER_UNAVAILABLE` where nothing was found and a tier that may have it did not answer. */
  async has(key: string, offline: boolean): Promise<boolean> {
    const { head, silent } = await (offline ? this.#onHost(key) : this.#anywhere(key));
    if (isServable(head, this.#deps.clock.now())) return head.kind === 'value';
    if (silent.length === 0) return false;
    throw new ForewarmError(
      'E_TIER_UNAVAILABLE',
      `whether there is a value under "${key}" is not known: ${silenceOf(silent)}`,
      { details: { key, tiers: silent.map(({ tier }) => tier) } },
    );
  }

  async #anywhere(key: string) {
    const { entries, silent } = await this.#deps.stack.find([key], 'head', NEVER);
    return { head: entries[0]?.head, silent };
  }

  async #onHost(key: string) {
    const { stack, clock } = this.#deps;
    const silent: SilentTier[] = [...withoutHost(stack, key)];
    let head: Head | undefined;
    for (const tier of hostTiers(stack)) {
      const found = await look(stack, tier, [key], 'head');
      if (found.silent !== undefined) silent.push(found.silent);
      head = found.entries[0]?.head;
      if (isServable(head, clock.now())) break;
    }
    return { head, silent };
  }
}
