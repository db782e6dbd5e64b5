import { expect, test } from 'vitest';
import { Hearing, sinceHeard } from '../../src/tiers/hearing.ts';
import { FakeClock } from '../support/fake-clock.ts';

test('what was made without hearing the bus is made anew once it has been heard', () => {
  const hearing = new Hearing({ clock: new FakeClock(), bound: 5_000 });
  let made = 0;
  const current = sinceHeard(hearing, () => {
    made += 1;
    return made;
  });
  expect([current(), current()]).toEqual([1, 1]);
  hearing.heard(0);
  expect([current(), current()]).toEqual([2, 2]);
});
