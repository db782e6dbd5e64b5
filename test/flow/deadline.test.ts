import { expect, it } from 'vitest';
import { settleBy } from '../../src/flow/deadline.ts';
import { FakeClock } from '../support/fake-clock.ts';

it('resolves as soon as the work has settled, whichever way, and leaves no timer behind', async () => {
  const clock = new FakeClock();
  const deadline = clock.now() + 60_000;
  await settleBy(clock, deadline, Promise.resolve('done'));
  await settleBy(clock, deadline, Promise.reject(new Error('failed')));
  expect(clock.timers).toBe(0);
});

it('resolves at the deadline when the work has not settled by then', async () => {
  const clock = new FakeClock();
  let resolved = false;
  const waiting = settleBy(clock, clock.now() + 1_000, new Promise(() => {})).then(() => {
    resolved = true;
  });
  await clock.advance(999);
  expect(resolved).toBe(false);
  await clock.advance(1);
  await waiting;
  expect(clock.timers).toBe(0);
});

it('waits not at all when the deadline has passed', async () => {
  const clock = new FakeClock();
  const waiting = settleBy(clock, clock.now() - 1, new Promise(() => {}));
  await clock.advance(0);
  await waiting;
});
