/** What the contracts of the account of ticks, and of what people ask, work with. */
import { expect } from 'vitest';
import { RedisTickStore } from '../../src/schedules/redis-tick-store.ts';
import type { ScheduleState } from '../../src/schedules/schedule-account.ts';
import type { CursorAdvance, TickStore } from '../../src/schedules/tick-store.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { liar } from './liar.ts';

export interface TwoSchedulers {
  readonly here: TickStore;
  readonly there: TickStore;
  /** The same account for a process whose leases end at once. */
  readonly dying: TickStore;
}

export const START: ScheduleState = { cursor: 1_000, rule: 'r', waiting: undefined };
export const OPENED = {
  ...{ leader: undefined, paused: undefined, lapsed: undefined, asked: [], claimed: 0 },
  ...{ heardAt: undefined, skipped: undefined },
  ...{ opened: expect.any(Number), requests: 0 },
};
export const NEXT: ScheduleState = { cursor: 2_000, rule: 'r', waiting: undefined };

export function advanceTo(change: Partial<CursorAdvance> = {}): CursorAdvance {
  return { from: START, to: NEXT, fire: [], skipped: [], skippedRanges: [], ...change };
}

export const lying = (of: (honest: TickStore) => Partial<TickStore>) => (honest: TwoSchedulers) => ({
  here: liar(honest.here, of(honest.here)),
  there: liar(honest.there, of(honest.there)),
  dying: liar(honest.dying, of(honest.dying)),
});

export function createOnRedis(): TwoSchedulers {
  const [redis, prefix] = [connectRedis(), uniquePrefix()];
  const storeOf = (holder: string, leaseMs: number) =>
    new RedisTickStore({ redis, prefix, holder, leaseMs, kept: 1_000 });
  return { here: storeOf('a', 60_000), there: storeOf('b', 60_000), dying: storeOf('c', 20) };
}
