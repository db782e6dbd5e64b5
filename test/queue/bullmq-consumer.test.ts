import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { Handler } from '../../src/queue/queue.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { TEST_PATIENCE, within } from '../support/waiting.ts';
import { aborted, byHand, DONE, envelope, eventually, LANE, laneKey, setup } from './setup.ts';

const soon = (ms: number) => systemClock.now() + ms;

describe('a consumer that stops', () => {
  it('takes no new job and lets the running one finish within its grace', async () => {
    const { queue, consume, log } = setup({ grace: 5_000 });
    const { handler, next } = byHand();
    const consumer = await consume(handler);
    await queue.add([envelope('a')]);
    const { delivery, end } = await next();
    const stopped = consumer.stop(soon(8_000));
    await queue.add([envelope('b')]);
    expect(delivery.signal.aborted).toBe(false);
    expect(consumer.active()).toBe(1);
    end(DONE);
    await within(TEST_PATIENCE, 'the stop', stopped);
    expect(consumer.unended()).toBe(0);
    expect(await queue.counts(LANE)).toMatchObject({ waiting: 1, active: 0 });
    expect(log.seen.filter(({ name }) => name === 'job:started')).toHaveLength(1);
  });

  it('aborts what still runs after the grace, and puts it back with its attempts unharmed', async () => {
    const { queue, consume } = setup({ grace: 100 });
    const hands = byHand();
    const first = await consume(hands.handler, 4);
    await queue.add(['politely', 'by-reason', 'by-other'].map((id) => envelope(id)));
    const running = [await hands.next(), await hands.next(), await hands.next()];
    const stopped = first.stop(soon(5_000));
    for (const { delivery, end, fail } of running) {
      await aborted(delivery.signal);
      expect(delivery.signal.reason.name).toBe('AbortError');
      if (delivery.id === 'politely') end({ kind: 'back' });
      else fail(delivery.id === 'by-reason' ? delivery.signal.reason : new Error('the socket closed'));
    }
    await within(TEST_PATIENCE, 'the stop', stopped);
    expect(first.unended()).toBe(0);
    expect(await queue.counts(LANE)).toEqual({ waiting: 3, delayed: 0, active: 0, failed: 0 });
    await consume(hands.handler, 4);
    for (let i = 0; i < 3; i += 1) {
      const { delivery, end } = await hands.next();
      expect(delivery.attempt).toBe(1);
      end(DONE);
    }
  });

  it('hands back a job whose handler does not listen, before the deadline', async () => {
    const { queue, consume } = setup({ grace: 50, lock: 60_000 });
    const deaf = byHand();
    const consumer = await consume(deaf.handler);
    await queue.add([envelope('a')]);
    const { end } = await deaf.next();
    const began = systemClock.elapsed();
    await consumer.stop(soon(1_000));
    expect(systemClock.elapsed() - began).toBeLessThan(1_100);
    expect(await queue.counts(LANE)).toMatchObject({ waiting: 1, active: 0 });
    const heir = byHand();
    await consume(heir.handler);
    const taken = await heir.next();
    expect(taken.delivery).toMatchObject({ id: 'a', attempt: 1 });
    end(DONE);
    expect(await queue.pending(LANE, 'a')).toBe(true);
    taken.end(DONE);
  });

  it('closes every connection that was made for it, and no other', async () => {
    for (const used of [true, false]) {
      const { queue, consume, made, redis } = setup();
      const { handler, next } = byHand();
      const consumer = await consume(handler);
      if (used) {
        await queue.add([envelope('a')]);
        (await next()).end(DONE);
      }
      await consumer.stop(soon(1_000));
      await queue.close();
      expect(made.map(({ status }) => status)).toEqual(['end', 'end']);
      expect(await redis.ping()).toBe('PONG');
    }
  });

  it('may be stopped before it starts, twice, at once, and started again', async () => {
    const { queue, consume, made } = setup();
    const { handler, next } = byHand();
    const consumer = queue.consume(LANE, 1, handler);
    await consumer.stop(soon(1_000));
    await Promise.all([consumer.start(), consumer.start()]);
    await Promise.all([consumer.stop(soon(1_000)), consumer.stop(soon(1_000)), consumer.start()]);
    await consumer.stop(soon(1_000));
    await consumer.start();
    await queue.add([envelope('a')]);
    (await next()).end(DONE);
    await consumer.stop(soon(1_000));
    await consume(handler);
    expect(made.filter(({ status }) => status === 'ready').length).toBeLessThanOrEqual(2);
  });

  it('loses and hangs nothing in 30 rounds of starting and stopping under load', async () => {
    const { queue, made } = setup({ grace: 0, attempts: 1, lock: 60_000 });
    const ran = new Map<string, number>();
    let running = 0;
    const handler: Handler = async ({ id, signal }) => {
      running += 1;
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (signal.aborted) return { kind: 'back' };
      ran.set(id, (ran.get(id) ?? 0) + 1);
      return DONE;
    };
    const ids = Array.from({ length: 3_000 }, (_, i) => `j${i}`);
    await queue.add(ids.map((id) => envelope(id)));
    const consumer = queue.consume(LANE, 8, handler);
    for (let round = 0; round < 30; round += 1) {
      await consumer.start();
      for (let turn = 0; turn < round * 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await within(TEST_PATIENCE, `stop ${round}`, consumer.stop(soon(2_000)));
      expect(running).toBe(0);
    }
    await consumer.start();
    await eventually(
      () => queue.counts(LANE),
      (counts) => counts.waiting + counts.active === 0,
    );
    expect([ran.size, ...new Set(ran.values())]).toEqual([3_000, 1]);
    expect(made.filter(({ status }) => status === 'ready')).toHaveLength(2);
  });
});

/** Resolves when what is left of a lock, in ms, was seen to grow so many times. */
async function renewals(left: () => Promise<number>, times: number): Promise<void> {
  let [last, grown] = [await left(), 0];
  const look = async () => {
    const now = await left();
    if (now > last) grown += 1;
    last = now;
    return grown;
  };
  await eventually(look, (count) => count >= times);
}

describe('locks', () => {
  it('abort a job whose lock was lost, and give it to the next one with its attempts unharmed', async () => {
    const { queue, redis, prefix, consume, log } = setup({ lock: 800, stalledCheck: 200 });
    const { handler, next } = byHand();
    await consume(handler, 2);
    await queue.add([envelope('a')]);
    const { delivery, end } = await next();
    const lost = log.next('job:ended');
    await redis.del(laneKey(prefix, 'a:lock'));
    await aborted(delivery.signal);
    expect(delivery.signal.reason.message).toContain('lock');
    expect(await lost).toMatchObject({ id: 'a', ending: 'lost' });
    const again = await next();
    expect(again.delivery).toMatchObject({ id: 'a', attempt: 1 });
    end(DONE);
    again.end(DONE);
    await eventually(
      () => queue.pending(LANE, 'a'),
      (pending) => !pending,
    );
  });

  it('outlive a job that takes far longer than one lock', async () => {
    const { queue, redis, prefix, consume } = setup({ lock: 1_500, stalledCheck: 100 });
    const hands = byHand();
    await consume(hands.handler, 2);
    const others = byHand();
    await consume(others.handler, 2);
    await queue.add([envelope('a')]);
    const { delivery, end } = await Promise.race([hands.next(), others.next()]);
    await renewals(() => redis.pttl(laneKey(prefix, 'a:lock')), 3);
    expect(delivery.signal.aborted).toBe(false);
    expect(await queue.counts(LANE)).toMatchObject({ waiting: 0, active: 1 });
    end(DONE);
  });

  it('let two consumers never run one job at the same time', async () => {
    const prefix = setup().prefix;
    const workers = [setup({ prefix }), setup({ prefix })];
    const running = new Set<string>();
    const twice: string[] = [];
    let ran = 0;
    const handler: Handler = async ({ id, attempt }) => {
      if (running.has(id)) twice.push(id);
      running.add(id);
      await new Promise((resolve) => setImmediate(resolve));
      running.delete(id);
      ran += 1;
      if (attempt === 1 && ran % 7 === 0) throw new Error('again');
      return ran % 5 === 0 ? { kind: 'back' } : DONE;
    };
    for (const { consume } of workers) await consume(handler, 10);
    const [first] = workers;
    if (first === undefined) throw new Error('no worker');
    await first.queue.add(Array.from({ length: 1_000 }, (_, i) => envelope(`j${i}`)));
    await eventually(
      () => first.queue.counts(LANE),
      ({ waiting, delayed, active }) => waiting + delayed + active === 0,
    );
    expect(twice).toEqual([]);
    expect(ran).toBeGreaterThan(1_000);
  });
});

describe('a consumer and a Redis that goes away', () => {
  it('goes on by itself after a restart, and every job runs to its end', async () => {
    const server = await startRedisServer({ aof: true });
    try {
      const { queue, consume } = setup({ url: server.url, lock: 2_000 });
      const ran = new Map<string, number>();
      const half = Promise.withResolvers<void>();
      await consume(async ({ id }) => {
        await new Promise((resolve) => setTimeout(resolve, 2));
        ran.set(id, (ran.get(id) ?? 0) + 1);
        if (ran.size === 200) half.resolve();
        return DONE;
      }, 5);
      const ids = Array.from({ length: 400 }, (_, i) => `j${i}`);
      await queue.add(ids.map((id) => envelope(id)));
      await half.promise;
      await server.stop();
      await new Promise((resolve) => setTimeout(resolve, 300));
      await server.start();
      const counts = await eventually(
        () => queue.counts(LANE),
        ({ waiting, delayed, active }) => waiting + delayed + active === 0,
      );
      expect(counts.failed).toBe(0);
      expect(new Set(ran.keys())).toEqual(new Set(ids));
      expect([...ran.values()].filter((times) => times > 1).length).toBeLessThanOrEqual(10);
    } finally {
      await server.remove();
    }
  });

  it('lets go of its jobs once their locks must have run out, and says so once', async () => {
    const server = await startRedisServer();
    try {
      const { queue, consume, log } = setup({ url: server.url, lock: 600 });
      const { handler, next } = byHand();
      await consume(handler);
      await queue.add([envelope('a')]);
      const { delivery } = await next();
      await server.kill();
      await aborted(delivery.signal);
      const refused = log.seen.filter(({ payload }) => JSON.stringify(payload).includes('ECONNREFUSED'));
      expect(refused.length).toBeLessThanOrEqual(2);
    } finally {
      await server.remove();
    }
  });

  it('stops in time, with a job in hand, and lets go of every connection', async () => {
    const server = await startRedisServer();
    try {
      const { queue, consume, made } = setup({ url: server.url, grace: 100 });
      const { handler, next } = byHand();
      const consumer = await consume(handler, 2);
      await queue.add([envelope('a')]);
      const { delivery, end } = await next();
      await server.kill();
      const began = systemClock.elapsed();
      const stopped = consumer.stop(soon(1_000));
      await aborted(delivery.signal);
      end({ kind: 'back' });
      await stopped;
      expect(systemClock.elapsed() - began).toBeLessThan(1_200);
      expect(consumer.unended()).toBe(1);
      await within(TEST_PATIENCE, 'the close', queue.close());
      expect(made.map(({ status }) => status)).toEqual(['end', 'end']);
    } finally {
      await server.remove();
    }
  });

  it('knows of a job whose end Redis was not told, however long ago its handler ended', async () => {
    const server = await startRedisServer();
    try {
      const { queue, consume } = setup({ url: server.url, grace: 100 });
      const { handler, next } = byHand();
      const consumer = await consume(handler);
      await queue.add([envelope('a')]);
      const { end } = await next();
      server.freeze();
      end(DONE);
      await eventually(
        async () => consumer.active(),
        (jobs) => jobs === 0,
      );
      await consumer.stop(soon(300));
      expect(consumer.unended()).toBe(1);
    } finally {
      await server.remove();
    }
  });

  it('starts while Redis is away, and takes jobs once it is there', async () => {
    const server = await startRedisServer({ aof: true });
    try {
      await server.stop();
      const { queue, consume } = setup({ url: server.url });
      const { handler, next } = byHand();
      const consumer = await within(TEST_PATIENCE, 'the start', consume(handler));
      await within(TEST_PATIENCE, 'the stop', consumer.stop(soon(500)));
      await consumer.start();
      const added = queue.add([envelope('a')]);
      await server.start();
      await added;
      (await next()).end(DONE);
    } finally {
      await server.remove();
    }
  });
});

describe('liveness', () => {
  it('moves while the lane is empty, and stands still while Redis is away', async () => {
    const server = await startRedisServer();
    try {
      const { consume } = setup({ url: server.url });
      const consumer = await consume(async () => DONE);
      const first = consumer.lastProgress();
      const later = await eventually(
        async () => consumer.lastProgress(),
        (at) => at > first + 1_000,
      );
      await server.kill();
      await new Promise((resolve) => setTimeout(resolve, 3_500));
      expect(consumer.lastProgress() - later).toBeLessThan(500);
      await server.start();
      await eventually(
        async () => consumer.lastProgress(),
        (at) => at > later + 3_000,
      );
    } finally {
      await server.remove();
    }
  });

  it('moves when a job ends, and tells how many are in hand', async () => {
    const { queue, consume } = setup();
    const { handler, next } = byHand();
    const consumer = await consume(handler, 1);
    await queue.add([envelope('a')]);
    const { end } = await next();
    const before = consumer.lastProgress();
    expect(consumer.active()).toBe(1);
    end(DONE);
    await eventually(
      async () => consumer.lastProgress(),
      (at) => at > before,
    );
    expect(consumer.active()).toBe(0);
  });
});
