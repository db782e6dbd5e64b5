/** How long a job was ready before it was taken. */
import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { byHand, DONE, envelope, eventually, LANE, laneKey, setup } from './setup.ts';

/** This host is so far ahead of those that queue: jobs seem to have waited as long. */
const AHEAD_MS = 5_000_000;
const ahead: Clock = {
  now: () => systemClock.now() + AHEAD_MS,
  elapsed: () => systemClock.elapsed(),
  after: (ms, fire) => systemClock.after(ms, fire),
};

function taken() {
  const bench = setup({ hostClock: ahead });
  const waits = () =>
    bench.log.seen.flatMap(({ name, payload }) =>
      name === 'job:started' ? [(payload as { waited?: number }).waited] : [],
    );
  return { ...bench, waits, hands: byHand() };
}

test('a job tells how long it was ready when it is taken, and not again when it comes back', async () => {
  const { queue, consume, hands, waits } = taken();
  await queue.add([envelope('a')]);
  await consume(hands.handler);
  (await hands.next()).end({ kind: 'back' });
  (await hands.next()).end(DONE);
  const [first, again] = waits();
  expect(first).toBeGreaterThanOrEqual(AHEAD_MS);
  expect(again).toBeUndefined();
});

test('the time that a job was to wait does not count', async () => {
  const { queue, consume, hands, waits } = taken();
  const delayMs = AHEAD_MS - 100_000;
  await queue.add([envelope('a', { delayMs })]);
  await consume(hands.handler);
  (await hands.next()).end(DONE);
  expect(waits()[0]).toBeGreaterThanOrEqual(100_000);
  expect(waits()[0]).toBeLessThan(delayMs);
});

test('a host whose clock is behind shows a job that did not wait', async () => {
  const behind = { ...ahead, now: () => systemClock.now() - 1_000 };
  const { queue, consume, log } = setup({ hostClock: behind });
  const { handler, next } = byHand();
  await queue.add([envelope('a')]);
  const started = log.next('job:started');
  await consume(handler);
  (await next()).end(DONE);
  expect((await started).waited).toBe(0);
});

test('a dead letter that is queued again has waited since then, and not since it was added', async () => {
  let shift = 0;
  const later: Clock = { ...ahead, now: () => systemClock.now() + shift };
  const { queue, consume, log } = setup({ hostClock: later });
  const { handler, next } = byHand();
  await queue.add([envelope('a')]);
  const consumer = await consume(handler);
  (await next()).end({ kind: 'abandoned', reason: 'no such kind' });
  await eventually(
    () => queue.counts(LANE),
    ({ failed }) => failed === 1,
  );
  await consumer.stop(Date.now() + 2_000);
  shift = AHEAD_MS;
  await queue.redrive(LANE, ['a']);
  shift += 100_000;
  const started = log.next('job:started');
  await consume(handler);
  (await next()).end(DONE);
  const { waited } = await started;
  expect(waited).toBeGreaterThanOrEqual(100_000);
  expect(waited).toBeLessThan(AHEAD_MS);
});

test('what BullMQ put into its list `wait` has an age, too', async () => {
  const { queue, redis, prefix } = setup();
  await queue.add([envelope('a')]);
  const since = await queue.oldest(LANE);
  await redis.zrem(laneKey(prefix, 'prioritized'), 'a');
  await redis.lpush(laneKey(prefix, 'wait'), 'a');
  expect(since).toBeDefined();
  expect(await queue.oldest(LANE)).toBe(since);
  expect(await queue.counts(LANE)).toMatchObject({ waiting: 1 });
});
