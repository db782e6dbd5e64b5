/** For each clause of the contract of the bus, a broken bus that it must reject. */
import type { Bus } from '../../src/tiers/invalidation/bus.ts';
import { twoBuses } from '../support/buses.ts';
import { BUS_CLAUSES, type BusSubject } from './bus.ts';
import { liar } from './liar.ts';
import { describeLiars } from './suite.ts';

const lying =
  (lie: (honest: Bus) => Partial<Bus>) =>
  (honest: BusSubject): BusSubject => ({ ...honest, bus: liar(honest.bus, lie(honest.bus)) });

/** A bus that nobody keeps messages of: who is away misses them. */
function forgetful(honest: BusSubject): BusSubject {
  let isAway = false;
  const bus = liar(honest.bus, {
    announce: async (invalidation) => {
      if (!isAway) await honest.bus.announce(invalidation);
    },
  });
  const leave = async () => {
    isAway = true;
    await honest.leave();
  };
  return { ...honest, bus, leave };
}

describeLiars('the contract of the bus', BUS_CLAUSES, twoBuses, {
  'drops keys in the memory of other processes, and only values fetched before': lying((honest) => ({
    announce: (invalidation) => honest.announce({ ...invalidation, stamp: invalidation.stamp + 100 }),
  })),
  'makes keys stale in the memory of other processes, which keep the value': lying((honest) => ({
    announce: (invalidation) => honest.announce({ ...invalidation, mode: 'drop' }),
  })),
  'carries any number of keys': lying((honest) => ({
    announce: (invalidation) => honest.announce({ ...invalidation, keys: invalidation.keys.slice(0, 1_000) }),
  })),
  'lets other processes know of fences': lying(() => ({ fenced: async () => undefined })),
  'lets bodies in the memory of other processes live longer': lying(() => ({
    extended: async () => undefined,
  })),
  'reaches a process that was away when it comes back': forgetful,
});
