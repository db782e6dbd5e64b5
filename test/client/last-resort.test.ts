import { describe, expect, onTestFinished, test } from 'vitest';
import { Misses } from '../../src/client/misses.ts';
import { Near } from '../../src/client/near.ts';
import { Tally } from '../../src/client/tally.ts';
import type { Bring } from '../../src/client/wanted.ts';
import { ForewarmError } from '../../src/core/errors.ts';
import { Events } from '../../src/core/events.ts';
import { NO_FENCES } from '../../src/tiers/fences.ts';
import { Hearing, sinceNews } from '../../src/tiers/hearing.ts';
import { MemoryTier } from '../../src/tiers/memory.ts';
import { MemoryRepairs } from '../../src/tiers/memory-repairs.ts';
import { Stack } from '../../src/tiers/stack.ts';
import { entryOf, FETCHED_AT } from '../support/entries.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { sourceWith } from '../support/sources.ts';

const SOURCE = sourceWith({ miss: { policy: 'origin', softDeadline: 0, hardDeadline: 1_000 } });

/** A reader whose ledger is away, so that it fetches for itself; each fetch goes on when it is told to. */
function setup() {
  const [clock, events] = [new FakeClock(FETCHED_AT), new Events()];
  const hearing = new Hearing({ clock, bound: 60_000 });
  onTestFinished(() => hearing.close());
  const newStack = () => {
    const tiers = [new MemoryTier({ maxSize: 1e6, clock })];
    return new Stack({ tiers, clock, events, repairs: new MemoryRepairs({ bound: 1 }) });
  };
  const stack = newStack();
  const tally = new Tally(
    () => undefined,
    () => 0.5,
  );
  const near = new Near({
    ...{ memory: undefined, fences: NO_FENCES, hearing, clock, events },
    tallyOf: () => tally,
  });
  const away: Bring = {
    bring: () => Promise.reject(new ForewarmError('E_REDIS_UNAVAILABLE', 'away')),
  };
  const begun = Promise.withResolvers<void>();
  const going = Promise.withResolvers<void>();
  const lastResort = sinceNews(hearing, () => {
    const own = newStack();
    const bring: Bring['bring'] = async (_, lacks, landed, signal) => {
      begun.resolve();
      await going.promise;
      const puts = lacks.map(({ key }) => ({ kind: 'put', entry: entryOf(key, '"fetched"') }) as const);
      await own.putMany(puts, signal);
      landed(lacks.map(({ key }) => key));
    };
    return { stack: own, way: { bring } };
  });
  const ways = { origin: away, request: away };
  const misses = new Misses({ stack, near, clock, events, ways, lastResort, onDue: () => undefined });
  onTestFinished(() => misses.close());
  const read = () =>
    new Promise<unknown>((resolve) => {
      const answer = (view: { readonly value: unknown } | undefined) => resolve(view?.value);
      misses.miss(SOURCE, [{ key: 'profile:a', params: undefined, stale: undefined, answer }]);
    });
  return { read, hearing, begun: begun.promise, go: () => going.resolve() };
}

describe('what a process fetches for itself while the ledger is away', () => {
  test('is read', async () => {
    const { read, begun, go } = setup();
    const first = read();
    await begun;
    go();
    expect(await first).toBe('fetched');
  });

  test('is not read by those who come after an invalidation that it may have missed on its way', async () => {
    const { read, hearing, begun, go } = setup();
    const first = read();
    await begun;
    hearing.spoke();
    const late = read();
    go();
    expect(await late).toBeUndefined();
    expect(await first).toBeUndefined();
  });
});
