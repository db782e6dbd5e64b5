/** For each clause of the contract of leases, broken leases that it must reject. A clause without a liar fails. */
import { describe, expect, it } from 'vitest';
import type { LeaseState, Leases } from '../../src/client/misses/leases.ts';
import { twoLeases } from '../client/leases.steps.ts';
import { LEASES_CLAUSES, type LeasesSubject } from './leases.ts';
import { liar } from './liar.ts';

type Lie = (honest: Leases, subject: LeasesSubject) => Partial<Leases>;

const nothing = async () => undefined;
const LONG = 600_000;

const LIARS: Readonly<Record<string, Lie>> = {
  'gives a key to one process': () => ({ take: async (_, keys) => keys.map(() => 'taken') }),
  'gives a key again to the process that has it, so that a lost reply does no harm': (honest) => {
    const seen = new Set<string>();
    return {
      async take(source, keys, ms) {
        const states = await honest.take(source, keys, ms);
        return states.map((state, i): LeaseState => {
          const key = keys[i] ?? '';
          if (seen.has(key)) return 'held';
          seen.add(key);
          return state;
        });
      },
    };
  },
  'keeps keys of different sources apart': (honest) => ({
    take: (_, keys, ms) => honest.take('one', keys, ms),
  }),
  'frees what its process releases': () => ({ release: nothing }),
  'keeps what another process releases': (_, { here, there }) => ({
    async release(source, keys) {
      await Promise.all([here.release(source, keys), there.release(source, keys)]);
    },
  }),
  'ends a lease by itself': (honest) => ({ take: (source, keys) => honest.take(source, keys, LONG) }),
  'prolongs what its process keeps': () => ({ keep: nothing }),
  'does not prolong what another process has': (_, { here, there }) => ({
    async keep(source, keys) {
      await Promise.all([here.keep(source, keys, LONG), there.keep(source, keys, LONG)]);
    },
  }),
  'gives a key that backs off to no process': (honest) => ({
    backOff: (source, keys) => honest.release(source, keys),
  }),
  'gives a key again once its back-off is over': (honest) => ({
    backOff: (source, keys) => honest.backOff(source, keys, LONG),
  }),
  'lets a key back off only at the word of the process that has it': (_, { here, there }) => ({
    async backOff(source, keys, ms) {
      await Promise.all([here.backOff(source, keys, ms), there.backOff(source, keys, ms)]);
    },
  }),
  'is first to mark a key in one process only': () => ({ mark: async (_, keys) => keys.map(() => true) }),
  'forgets a mark after its time': (honest) => ({ mark: (source, keys) => honest.mark(source, keys, LONG) }),
  'takes thousands of keys, each in its place': (honest) => ({
    take: async (source, keys, ms) => (await honest.take(source, keys, ms)).toSorted(),
  }),
  'rejects with E_REDIS_UNAVAILABLE while Redis is away, and knows it': (honest) => ({
    release: (source, keys) => honest.release(source, keys).catch(() => undefined),
  }),
};

describe('each clause of the contract of leases rejects leases that break it', () => {
  it('has a liar for every clause', () => {
    expect(Object.keys(LIARS).sort()).toEqual(Object.keys(LEASES_CLAUSES).sort());
  });

  for (const [sentence, lie] of Object.entries(LIARS)) {
    it(sentence, async () => {
      const honest = await twoLeases();
      const { here, there } = honest;
      const clause = LEASES_CLAUSES[sentence];
      const lying = {
        ...honest,
        here: liar<Leases>(here, lie(here, honest)),
        there: liar<Leases>(there, lie(there, honest)),
      };
      await expect(clause?.(lying)).rejects.toThrow();
    });
  }
});
