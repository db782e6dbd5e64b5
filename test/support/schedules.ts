/** Rules of schedules for tests: one tick for all that were missed within an hour, and nothing else. */
import { type Clock, systemClock } from '../../src/core/clock.ts';
import type { TickRules } from '../../src/policy/tick-rules.ts';
import { type EachSecond, eachSecondOf } from '../../src/schedules/each-second.ts';
import type { TickStore } from '../../src/schedules/tick-store.ts';
import { liar } from '../contract/liar.ts';

export const PLAIN_RULES: TickRules = {
  ...{ missed: 'once', catchUp: 3_600_000, latest: 0, overlap: 'allow', jitter: 0 },
  ...{ except: [], calendar: undefined, deadline: { after: 0 } },
};

/** Nothing goes on, and no schedule has a calendar; seconds are those of the machine. */
export const QUIET = {
  ...{ busy: async () => undefined, windows: async () => [] },
  eachSecond: eachSecondOf(systemClock),
};

/** Seconds that pass when a test says so, for the schedulers and the server alike. */
export class SecondsByHand {
  #passed = 0;
  readonly #wakes = new Set<() => void>();

  readonly eachSecond: EachSecond = (wake) => {
    this.#wakes.add(wake);
    return { stop: () => void this.#wakes.delete(wake) };
  };

  clockOf(clock: Clock): Clock {
    return { ...clock, elapsed: () => clock.elapsed() + this.#passed };
  }

  /** The account with a server whose clock goes by these seconds. */
  storeOf(store: TickStore): TickStore {
    return liar(store, {
      states: async (names) => {
        const { states, now } = await store.states(names);
        return { states, now: now + this.#passed };
      },
    });
  }

  /** All of them wake at once, and meet. */
  passForAll(): void {
    this.#passed += 1_000;
    for (const wake of this.#wakes) wake();
  }

  /** One scheduler after the other wakes, one each second: in a real second they do in any order. */
  pass(): void {
    this.#passed += 1_000;
    const [wake] = this.#wakes;
    if (wake === undefined) return;
    this.#wakes.delete(wake);
    this.#wakes.add(wake);
    wake();
  }
}
