/** Jobs of one class that have all its slots keep no other class waiting, whatever becomes of either. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { JobTaker } from '../../src/queue/bullmq-taker.ts';
import { JobSlots } from '../../src/queue/job-slots.ts';
import { CONTROL_LANE } from '../../src/queue/queue.ts';
import { until } from '../support/waiting.ts';
import { byHand, DONE, envelope, LANE, laneKey, setup } from './setup.ts';

const HOT = 10;
const RUN = 41;

/** Two jobs of a run in hand, which are all that the class may have, and two more that wait. */
async function busyWithRun() {
  const parts = setup();
  const hands = byHand();
  const consumer = await parts.consume(hands.handler, 2);
  const ids = ['run1', 'run2', 'run3', 'run4'];
  await parts.queue.add(ids.map((id) => envelope(id, { priority: RUN })));
  const inHand = [await hands.next(), await hands.next()];
  return { ...parts, ...hands, consumer, inHand };
}

describe('a class of jobs whose slots are all taken', () => {
  it('leaves jobs of another class theirs, up to as many', async () => {
    const { queue, next, inHand } = await busyWithRun();
    await queue.add(['hot1', 'hot2', 'hot3'].map((id) => envelope(id, { priority: HOT })));
    const hot = [await next(), await next()];
    expect(hot.map(({ delivery }) => delivery.id)).toEqual(['hot1', 'hot2']);
    expect(await queue.counts(LANE)).toMatchObject({ active: 4, waiting: 3 });
    for (const { end } of [...inHand, ...hot]) end(DONE);
    const rest = [await next(), await next(), await next()];
    expect(rest.map(({ delivery }) => delivery.id).sort()).toEqual(['hot3', 'run3', 'run4']);
    for (const { end } of rest) end(DONE);
  });

  it('takes its next job as soon as one ends, in order', async () => {
    const { next, inHand } = await busyWithRun();
    const order = inHand.map(({ delivery }) => delivery.id);
    inHand[0]?.end(DONE);
    const third = await next();
    third.end(DONE);
    const fourth = await next();
    expect([...order, third.delivery.id, fourth.delivery.id]).toEqual(['run1', 'run2', 'run3', 'run4']);
    fourth.end(DONE);
    inHand[1]?.end(DONE);
  });

  it('keeps no delayed job of another class waiting beyond its time', async () => {
    const { queue, next, inHand } = await busyWithRun();
    await queue.add([envelope('soon', { priority: HOT, delayMs: 100 })]);
    const soon = await next();
    expect(soon.delivery.id).toBe('soon');
    for (const { end } of [...inHand, soon]) end(DONE);
    for (const { end } of [await next(), await next()]) end(DONE);
  });

  it('gets a slot back from a job that is ended for its deaths, and is never processed', async () => {
    const { queue, redis, prefix, consume } = setup();
    await queue.add(['died1', 'died2', 'run3'].map((id) => envelope(id, { priority: RUN })));
    for (const id of ['died1', 'died2']) await redis.hset(laneKey(prefix, id), 'defa', 'its workers died');
    const hands = byHand();
    await consume(hands.handler, 2);
    const { delivery, end } = await hands.next();
    expect(delivery.id).toBe('run3');
    end(DONE);
    expect((await queue.failed(LANE, 10)).length).toBe(2);
  });

  it('has no more than its own, also of jobs that a worker left behind when it died', async () => {
    const { queue, redis, prefix, consume } = setup();
    const ids = ['run1', 'run2', 'run3'];
    await queue.add(ids.map((id) => envelope(id, { priority: RUN })));
    // Where BullMQ puts them, in front of all that has a priority.
    await redis
      .multi()
      .zrem(laneKey(prefix, 'prioritized'), ...ids)
      .rpush(laneKey(prefix, 'wait'), ...ids)
      .exec();
    const hands = byHand();
    await consume(hands.handler, 1);
    const run = await hands.next();
    await queue.add([envelope('hot', { priority: HOT })]);
    const hot = await hands.next();
    expect([run.delivery.id, hot.delivery.id]).toEqual(['run1', 'hot']);
    expect(await queue.counts(LANE)).toMatchObject({ active: 2, waiting: 2 });
    for (const { end } of [run, hot]) end(DONE);
    for (const id of ['run2', 'run3']) {
      const { delivery, end } = await hands.next();
      expect(delivery.id).toBe(id);
      end(DONE);
    }
  });

  it('shows no progress while its jobs do not end, though those of another class do', async () => {
    const { queue, next, inHand, consumer } = await busyWithRun();
    const before = consumer.lastProgress();
    for (const id of ['hot1', 'hot2', 'hot3']) {
      await queue.add([envelope(id, { priority: HOT })]);
      (await next()).end(DONE);
    }
    expect(consumer.lastProgress()).toBe(before);
    for (const { end } of inHand) end(DONE);
    await until(
      'progress',
      async () => consumer.lastProgress(),
      (at) => at > before,
    );
    for (const { end } of [await next(), await next()]) end(DONE);
  });

  it('is not stuck in the lane of plans and sweeps, which may take minutes', async () => {
    const { queue } = setup();
    const { handler, next } = byHand();
    const consumer = queue.consume(CONTROL_LANE, 1, handler);
    onTestFinished(() => consumer.stop(Date.now()));
    await consumer.start();
    await queue.add([envelope('plan', { lane: CONTROL_LANE, priority: RUN })]);
    const { end } = await next();
    const before = consumer.lastProgress();
    await until(
      'progress',
      async () => consumer.lastProgress(),
      (at) => at > before,
    );
    end(DONE);
  });

  it('gets its slots back when its jobs go back, fail or are put off', async () => {
    const { queue, next, consume, handler } = { ...setup({ attempts: 1 }), ...byHand() };
    await consume(handler, 1);
    await queue.add(['a', 'b', 'c', 'd'].map((id) => envelope(id, { priority: RUN })));
    (await next()).end({ kind: 'later', at: Date.now() + 60_000, reason: 'the origin is paused' });
    (await next()).fail(new Error('it fails'));
    (await next()).end({ kind: 'abandoned', reason: 'no such kind' });
    (await next()).end({ kind: 'back' });
    const last = await next();
    expect(last.delivery.id).toBe('d');
    last.end(DONE);
    await until(
      'the end',
      () => queue.counts(LANE),
      ({ active }) => active === 0,
    );
    expect(await queue.counts(LANE)).toEqual({ waiting: 0, delayed: 1, active: 0, failed: 2 });
  });
});

describe('a job whose lock was lost', () => {
  it('is let go by a consumer that is given it again before it notices', async () => {
    const { queue, redis, prefix, consume } = setup({ lock: 120_000, stalledCheck: 50 });
    const hands = byHand();
    await consume(hands.handler, 2);
    await queue.add([envelope('a')]);
    const before = await hands.next();
    await redis.del(laneKey(prefix, 'a:lock'));
    const again = await hands.next();
    expect(again.delivery).toMatchObject({ id: 'a', attempt: 1 });
    expect([before.delivery.signal.aborted, again.delivery.signal.aborted]).toEqual([true, false]);
    for (const { end } of [before, again]) end(DONE);
    await until(
      'its end',
      () => queue.pending(LANE, 'a'),
      (pending) => !pending,
    );
  });
});

describe('a slot that gets free', () => {
  it('wakes the consumer that passed over a job for lack of it, and only then', async () => {
    const { queue, redis, prefix: before } = setup();
    const prefix = `{${before}:q:${LANE}}`;
    const marker = laneKey(before, 'marker');
    const slots = new JobSlots(1, () => 0);
    const rest = { lock: 5_000, hostClock: systemClock, onFetched: () => undefined };
    const taker = new JobTaker({ redis, lane: LANE, prefix, slots, ...rest });
    await queue.add(['a', 'b'].map((id) => envelope(id, { priority: RUN })));
    expect((await taker.take('t1'))[1]).toBe('a');
    await redis.del(marker);
    await taker.free('nobody');
    expect(await redis.exists(marker), 'nothing was passed over').toBe(0);
    expect((await taker.take('t2'))[0]).toBeFalsy();
    await taker.free('t1');
    expect(await redis.exists(marker)).toBe(1);
    expect((await taker.take('t3'))[1]).toBe('b');
  });
});

describe('the slots of a consumer', () => {
  it('are counted by class, and what is beyond the last class is in it', () => {
    const slots = new JobSlots(1, () => 7);
    expect([slots.total, slots.open()]).toEqual([6, [0, 1, 2, 3, 4, 5]]);
    for (const [token, priority] of [
      ['a', 1],
      ['b', 10],
      ['c', 19],
      ['d', 1_000],
    ] as const)
      slots.take(token, priority);
    expect(slots.open()).toEqual([2, 3, 4]);
    slots.free('b');
    slots.free('b');
    expect(slots.open(), 'another of its class is in hand').toEqual([2, 3, 4]);
    slots.free('c');
    slots.free('nobody');
    expect(slots.open()).toEqual([1, 2, 3, 4]);
  });

  it('are stuck since a full class last moved', () => {
    let now = 1;
    const slots = new JobSlots(2, () => now);
    expect(slots.stuckSince()).toBe(Number.POSITIVE_INFINITY);
    slots.take('a', 10);
    now = 5;
    slots.take('b', 10);
    now = 9;
    slots.take('c', 20);
    expect(slots.stuckSince()).toBe(5);
    slots.free('a');
    expect(slots.stuckSince()).toBe(Number.POSITIVE_INFINITY);
  });
});
