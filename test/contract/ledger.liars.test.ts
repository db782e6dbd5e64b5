/** For each clause of the contract of ledgers, a broken ledger that it must reject. A clause without a liar fails. */
import { describe, expect, it } from 'vitest';
import type { Ledger, LedgerState, Permit } from '../../src/budget/ledger.ts';
import { sleep } from '../../src/core/clock.ts';
import { localLedger } from '../support/ledgers.ts';
import { LEDGER_CLAUSES } from './ledger.ts';
import { liar } from './liar.ts';

type Honest = ReturnType<typeof localLedger>;

/** `another` makes a further honest ledger of the same budget and clock. */
type Lie = (honest: Honest, another: () => Ledger) => Partial<Ledger>;

const NEVER = new AbortController().signal;

/** Permits for the asking. */
const withoutCounting: Lie = ({ ledger }) => ({
  permit: async () => ({ stamp: await ledger.stamp('o'), release: () => undefined }),
});

/** Permits come back changed. */
const permits =
  (change: (permit: Permit) => Permit): Lie =>
  (honest) => ({
    permit: async (origin, signal) => change(await honest.ledger.permit(origin, signal)),
  });

const states =
  (change: (state: LedgerState) => Partial<LedgerState>): Lie =>
  ({ ledger }) => ({
    state: async (origin) => {
      const state = await ledger.state(origin);
      return { ...state, ...change(state) };
    },
  });

/** A second release gives back a permit that another caller has. */
const countingReleases: Lie = ({ ledger }) => {
  let free = 0;
  return {
    permit: async (origin, signal) => {
      if (free > 0) {
        free -= 1;
        return { stamp: await ledger.stamp(origin), release: () => undefined };
      }
      const permit = await ledger.permit(origin, signal);
      let releases = 0;
      const release = () => {
        releases += 1;
        if (releases > 1) free += 1;
        permit.release();
      };
      return { ...permit, release };
    },
  };
};

/** The latest pause is the one that counts. */
const latestPause: Lie = ({ ledger }, another) => {
  let current = ledger;
  return {
    pause: (origin, until, reason) => {
      current = another();
      return current.pause(origin, until, reason);
    },
    permit: (origin, signal) => current.permit(origin, signal),
    state: (origin) => current.state(origin),
  };
};

const LIARS: Readonly<Record<keyof typeof LEDGER_CLAUSES, Lie>> = {
  'has never more calls in flight than the concurrency': withoutCounting,
  'begins no more calls in any window than the rate allows': withoutCounting,
  'counts a permit that is released twice once': countingReleases,
  'counts origins apart': ({ ledger }) => ({
    permit: (_, signal) => ledger.permit('o', signal),
  }),
  'defers callers while a pause lasts longer than its patience, and says until when and why': ({
    ledger,
  }) => ({
    pause: (origin, until) => ledger.pause(origin, until, ''),
  }),
  'never cuts a longer pause by a shorter one': latestPause,
  'knows of an outage until a call is answered, and since when and why': ({ ledger }) => ({
    // What ends is forgotten.
    state: async (origin) => {
      const state = await ledger.state(origin);
      return { ...state, outage: state.pausedUntil === 0 ? undefined : state.outage };
    },
  }),
  'waits out a pause that ends within its patience': () => ({ pause: async () => undefined }),
  'passes on no permit that comes back while the origin is paused': ({ ledger, clock }) => ({
    // Only callers that come later see the pause.
    pause: async (origin, until, reason) => {
      clock.after(100, () => void ledger.pause(origin, until, reason));
    },
  }),
  'defers a caller whom the rate allows no call within its patience': withoutCounting,
  'gives stamps above all that the origin gave before, and permits whose stamps never fall': ({ ledger }) => {
    let last = 0;
    return {
      stamp: async (origin) => {
        last ||= await ledger.stamp(origin);
        return last;
      },
    };
  },
  'frees the place of a caller that gives up, at once and with its reason': ({ ledger }) => ({
    permit: (origin) => ledger.permit(origin, NEVER),
  }),
  'gives nothing to a caller that had given up before': ({ ledger }) => ({
    permit: (origin) => ledger.permit(origin, NEVER),
  }),
  'reports what is in flight, and nothing that was released': permits((permit) => ({
    ...permit,
    release: () => undefined,
  })),
  'reports the limits that hold': states(({ limits }) => ({ limits: { ...limits, intervalMs: 100 } })),
  'counts the calls that were made, each once and by how it went': permits((permit) => ({
    ...permit,
    release: (report = { outcome: 'ok', ms: 0 }) => permit.release(report),
  })),
  'begins no more calls in a longer window than it allows, wherever that begins': withoutCounting,
  'lets as many calls begin together as a burst has, and the next when the rate allows it': ({
    ledger,
    clock,
  }) => {
    let last = Number.NEGATIVE_INFINITY;
    return {
      permit: async (origin, signal) => {
        last = Math.max(clock.elapsed(), last + 30);
        await sleep(clock, last - clock.elapsed());
        return ledger.permit(origin, signal);
      },
    };
  },
  'serves a live miss before others that have waited for longer': ({ ledger }) => ({
    permit: (origin, signal) => ledger.permit(origin, signal, 'run'),
  }),
  'lowers the limits when a call was throttled, once for all that were permitted before': permits(
    (permit) => ({ ...permit, release: () => permit.release({ outcome: 'ok', ms: 5 }) }),
  ),
  'lowers the rate alone when a call was throttled while no other was in flight': states(({ limits }) => ({
    limits: { ...limits, concurrency: 7 },
  })),
  'calls an origin no more that said that nothing is left, until it said there is more': () => ({
    told: () => undefined,
  }),
  'takes no pace from an origin that only ever said that nothing is left': ({ ledger }) => ({
    told: (origin, { resetMs }) => ledger.told(origin, { remaining: 1, resetMs: 2 * resetMs }),
  }),
  'refuses the callers that wait when it closes': () => ({ close: async () => undefined }),
};

describe('each clause of the contract of ledgers rejects a ledger that breaks it', () => {
  it('has a liar for every clause', () => {
    expect(Object.keys(LIARS).sort()).toEqual(Object.keys(LEDGER_CLAUSES).sort());
  });

  for (const [sentence, lie] of Object.entries(LIARS)) {
    it(sentence, async () => {
      const lying = LEDGER_CLAUSES[sentence]?.((budget) => {
        const honest = localLedger(budget);
        const another = () => localLedger(budget, honest.clock).ledger;
        return { ...honest, ledger: liar(honest.ledger, lie(honest, another)) };
      });
      await expect(lying).rejects.toThrow();
    });
  }
});
