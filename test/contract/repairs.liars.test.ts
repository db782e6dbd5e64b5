/** For each clause of the contract of repairs, broken repairs that it must reject. */
import { MemoryRepairs } from '../../src/tiers/stack/memory-repairs.ts';
import type { Repairs } from '../../src/tiers/stack/repairs.ts';
import { liar } from './liar.ts';
import { BOUND, DISK, REPAIRS_CLAUSES, type RepairsSubject } from './repairs.ts';
import { describeLiars } from './suite.ts';

const create = (): RepairsSubject => ({
  repairs: new MemoryRepairs({ bound: BOUND }),
  cut: async () => undefined,
});

const lying =
  (lie: (honest: Repairs) => Partial<Repairs>) =>
  (honest: RepairsSubject): RepairsSubject => ({
    ...honest,
    repairs: liar(honest.repairs, lie(honest.repairs)),
  });

describeLiars('the contract of repairs', REPAIRS_CLAUSES, create, {
  'lists the keys that each tier missed, and of no other tier': lying((honest) => ({
    record: (_, keys) => honest.record(DISK, keys),
    list: (_, limit) => honest.list(DISK, limit),
  })),
  'lists the oldest first, and one that is missed again as the newest': lying((honest) => ({
    list: async (tier, limit) =>
      (await honest.list(tier, limit)).sort((one, other) => one.key.localeCompare(other.key)),
  })),
  'lists no more than it is asked for': lying((honest) => ({ list: (tier) => honest.list(tier, 100) })),
  'keeps what it listed until that is removed': lying((honest) => ({
    list: async (tier, limit) => {
      const listed = await honest.list(tier, limit);
      await honest.remove(tier, listed);
      return listed;
    },
  })),
  'does not remove what was missed again after it was listed': lying((honest) => ({
    remove: async (tier, listed) => {
      const keys = listed.map(({ key }) => key);
      const now = await honest.list(tier, BOUND);
      await honest.remove(
        tier,
        now.filter(({ key }) => keys.includes(key)),
      );
    },
  })),
  'counts each key once for each tier': lying((honest) => {
    let recorded = 0;
    return {
      record: async (tier, keys) => {
        recorded += keys.length;
        return honest.record(tier, keys);
      },
      count: async () => recorded,
    };
  }),
  'records and removes any number of keys': lying((honest) => ({
    record: (tier, keys) => honest.record(tier, keys.slice(0, 1_000)),
  })),
  'forgets the oldest beyond its bound': (honest) => ({
    ...honest,
    repairs: new MemoryRepairs({ bound: BOUND * 2 }),
  }),
  'says that what it keeps itself, its store being away, ends with this process': lying((honest) => ({
    record: async (tier, keys) => {
      await honest.record(tier, keys);
      return true;
    },
  })),
  'records what is missed while its store is away': (honest) => {
    let away = false;
    const record: Repairs['record'] = async (tier, keys) => {
      if (away) throw new Error('the store is away');
      return honest.repairs.record(tier, keys);
    };
    const cut = async () => {
      away = true;
    };
    return { repairs: liar(honest.repairs, { record }), cut };
  },
});
