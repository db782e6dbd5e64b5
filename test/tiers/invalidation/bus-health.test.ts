import { describe, expect, test } from 'vitest';
import { BusHealth, perGeneration } from '../../../src/tiers/invalidation/bus-health.ts';
import { FakeClock } from '../../support/fake-clock.ts';

describe('what was made without busHealth the bus', () => {
  function counting(positionOf = async (): Promise<string | undefined> => undefined) {
    const busHealth = new BusHealth({ clock: new FakeClock(), bound: 5_000 });
    let made = 0;
    const current = perGeneration(busHealth, positionOf, () => {
      made += 1;
      return made;
    });
    return { busHealth, twice: async (asks: boolean) => [await current(asks), await current(asks)] };
  }

  test('is replaced once something was heard or published', async () => {
    const { busHealth, twice } = counting();
    expect(await twice(false)).toEqual([1, 1]);
    busHealth.caughtUp(0);
    expect(await twice(false)).toEqual([2, 2]);
    busHealth.published();
    expect(await twice(false)).toEqual([3, 3]);
  });

  test('is replaced for callers that ask for the position, once that changed or was unknown', async () => {
    let position: string | undefined = '1 1-0';
    const { twice } = counting(async () => position);
    expect(await twice(false)).toEqual([1, 1]);
    expect(await twice(true)).toEqual([2, 2]);
    position = '2 1-1';
    expect(await twice(false)).toEqual([2, 2]);
    expect(await twice(true)).toEqual([3, 3]);
    position = undefined;
    expect(await twice(true)).toEqual([3, 3]);
  });

  test('stays for callers that ask while the bus is heard and has nothing to say', async () => {
    let position: string | undefined = '1 1-0';
    const { busHealth, twice } = counting(async () => position);
    expect(await twice(true)).toEqual([1, 1]);
    busHealth.caughtUp(0);
    expect(await twice(true)).toEqual([1, 1]);
    position = undefined;
    expect(await twice(true)).toEqual([2, 2]);
  });
});

test('is lost some time after the last word, and found with the next', async () => {
  const clock = new FakeClock();
  const busHealth = new BusHealth({ clock, bound: 1_000 });
  await clock.advance(5_000);
  expect(busHealth.isStale).toBe(false);
  busHealth.caughtUp(clock.elapsed());
  await clock.advance(900);
  busHealth.caughtUp(clock.elapsed());
  await clock.advance(900);
  expect(busHealth.isStale).toBe(false);
  await clock.advance(100);
  expect(busHealth.isStale).toBe(true);
  busHealth.caughtUp(clock.elapsed());
  expect(busHealth.isStale).toBe(false);
  busHealth.close();
  expect(clock.timers).toBe(0);
});

test('counts from when it was asked, however late the answer was dealt with', async () => {
  const clock = new FakeClock();
  const busHealth = new BusHealth({ clock, bound: 1_000 });
  await clock.advance(5_000);
  busHealth.caughtUp(4_400);
  await clock.advance(399);
  expect(busHealth.isStale).toBe(false);
  await clock.advance(1);
  expect(busHealth.isStale).toBe(true);
  busHealth.caughtUp(clock.elapsed() - 1_000);
  expect(busHealth.isStale).toBe(true);
  expect(clock.timers).toBe(0);
});
