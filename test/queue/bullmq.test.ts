import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/queue/queue.ts';
import { redisKeys } from '../../src/redis/keys.ts';
import { lateness } from '../support/lateness.ts';
import { byHand, DONE, envelope, eventually, LANE, setup } from './setup.ts';

const ended = { waiting: 0, delayed: 0, active: 0, failed: 0 };

describe('adding jobs', () => {
  it('delivers kind and payload as they were added', async () => {
    const { queue, consume } = setup();
    const payload = { keys: ['profile:denver', 'profile:ølstykke'], cursor: 7, nested: [null, { a: 1.5 }] };
    const { handler, next } = byHand();
    await consume(handler);
    await queue.add([envelope('a', { kind: 'prefetch', payload })]);
    const { delivery, end } = await next();
    expect(delivery).toMatchObject({ id: 'a', lane: LANE, kind: 'prefetch', payload, attempt: 1 });
    end(DONE);
    await eventually(
      () => queue.counts(LANE),
      (counts) => counts.active === 0,
    );
    expect(await queue.counts(LANE)).toEqual(ended);
  });

  it('does nothing while a job of this id waits, is delayed or runs, and frees the id when it ended well', async () => {
    const { queue, consume, log } = setup();
    const { handler, next } = byHand();
    await queue.add([
      envelope('a', { payload: 1 }),
      envelope('a', { payload: 2 }),
      envelope('late', { delayMs: 60_000 }),
    ]);
    await queue.add([envelope('a', { payload: 3 }), envelope('late')]);
    expect(await queue.counts(LANE)).toEqual({ ...ended, waiting: 1, delayed: 1 });
    await consume(handler);
    const first = await next();
    expect(first.delivery.payload).toBe(1);
    await queue.add([envelope('a', { payload: 4 })]);
    expect(await queue.pending(LANE, 'a')).toBe(true);
    first.end(DONE);
    await eventually(
      () => queue.pending(LANE, 'a'),
      (pending) => !pending,
    );
    const again = log.next('job:started');
    await queue.add([envelope('a', { payload: 5 })]);
    await again;
    const second = await next();
    expect(second.delivery.payload).toBe(5);
    second.end(DONE);
  });

  it('tells which jobs are pending in every state', async () => {
    const { queue, consume } = setup({ attempts: 1 });
    const { handler, next } = byHand();
    await queue.add([envelope('b'), envelope('c', { delayMs: 60_000 })]);
    expect(await queue.pending(LANE, 'nobody')).toBe(false);
    expect(await queue.pending(LANE, 'b')).toBe(true);
    expect(await queue.pending(LANE, 'c')).toBe(true);
    await consume(handler);
    const { fail } = await next();
    expect(await queue.pending(LANE, 'b')).toBe(true);
    fail(new Error('no'));
    await eventually(
      () => queue.counts(LANE),
      (counts) => counts.failed === 1,
    );
    expect(await queue.pending(LANE, 'b')).toBe(false);
  });

  it('runs lower numbers first, and jobs of one priority in the order they were added', async () => {
    const { queue, consume } = setup();
    const order: string[] = [];
    await queue.add(
      [
        ['slow', 5],
        ['b1', 2],
        ['b2', 2],
        ['first', 1],
      ].map(([id, priority]) => envelope(String(id), { priority: Number(priority) })),
    );
    await consume(async ({ id }) => {
      order.push(id);
      return DONE;
    });
    await eventually(
      async () => order.length,
      (length) => length === 4,
    );
    expect(order).toEqual(['first', 'b1', 'b2', 'slow']);
  });

  it('delivers a delayed job when its time has come, to a consumer that is idle', async () => {
    const { queue, consume } = setup();
    const { handler, next } = byHand();
    await consume(handler);
    const [began, late] = [Date.now(), lateness()];
    await queue.add([envelope('a', { delayMs: 300 })]);
    const { end } = await next();
    const took = Date.now() - began;
    expect(took).toBeGreaterThanOrEqual(299);
    expect(took - late()).toBeLessThan(1_500);
    end(DONE);
  });

  it('adds thousands in one call, over several lanes, each once', async () => {
    const { queue } = setup();
    const many = Array.from({ length: 2_400 }, (_, i) => envelope(`j${i}`, { lane: `lane-${i % 2}` }));
    await Promise.all([queue.add(many), queue.add(many)]);
    expect((await queue.counts('lane-0')).waiting).toBe(1_200);
    expect((await queue.counts('lane-1')).waiting).toBe(1_200);
  });

  it('refuses what BullMQ would take apart, drop or run out of turn', async () => {
    const { queue } = setup();
    for (const id of ['', '123', 'a:b', 'a:b:c']) {
      await expect(queue.add([envelope(id)])).rejects.toThrow(`"${id}"`);
    }
    for (const priority of [0, -1, 1.5, 2 ** 21]) {
      await expect(queue.add([envelope('a', { priority })])).rejects.toThrow(`priority ${priority}`);
    }
    await expect(queue.add([envelope('a', { delayMs: Number.NaN })])).rejects.toThrow('delay of NaN');
    for (const lane of ['', 'a:b', '{a}', 'a b']) {
      await expect(queue.add([envelope('a', { lane })])).rejects.toThrow(`"${lane}" cannot name a lane`);
      expect(() => queue.consume(lane, 1, async () => DONE)).toThrow('cannot name a lane');
    }
  });

  it('keeps all keys of a lane under one hash tag', async () => {
    const { queue, redis, prefix, consume } = setup();
    await consume(async () => {
      throw new Error('no');
    });
    await queue.add([envelope('a'), envelope('b', { delayMs: 1_000 })]);
    await eventually(
      () => queue.counts(LANE),
      (counts) => counts.failed === 1,
    );
    const all = (await redis.keys('*')).filter((key) => key !== redisKeys(prefix).lanes());
    const keys = all.filter((key) => key.includes(prefix));
    expect(keys.length).toBeGreaterThan(3);
    expect(keys.filter((key) => !key.startsWith(`{${prefix}:q:${LANE}}:`))).toEqual([]);
  });
});

describe('how a job ends', () => {
  it('tries a job that throws as often as it may, says which try is the last, and keeps it as a dead letter', async () => {
    const { queue, consume, log } = setup();
    const tries: Pick<Delivery, 'attempt' | 'lastAttempt'>[] = [];
    await consume(async ({ attempt, lastAttempt }) => {
      tries.push({ attempt, lastAttempt });
      throw new Error(`try ${attempt} failed`);
    });
    await queue.add([envelope('a', { payload: { x: 1 } })]);
    const last = await log.next('job:ended', ({ ending }) => ending === 'failed');
    expect(last).toMatchObject({ id: 'a', kind: 'refresh', lane: LANE, reason: 'try 3 failed' });
    expect(tries).toEqual([
      { attempt: 1, lastAttempt: false },
      { attempt: 2, lastAttempt: false },
      { attempt: 3, lastAttempt: true },
    ]);
    const [letter] = await eventually(
      () => queue.failed(LANE, 10),
      (letters) => letters.length === 1,
    );
    expect(letter).toMatchObject({ id: 'a', lane: LANE, kind: 'refresh', payload: { x: 1 }, attempts: 3 });
    expect(letter?.reason).toBe('try 3 failed');
    expect(Math.abs((letter?.failedAt ?? 0) - Date.now())).toBeLessThan(10_000);
  });

  it('keeps the message of something thrown that is no error', async () => {
    const { queue, consume } = setup({ attempts: 1 });
    await consume(() => Promise.reject('a mere string'));
    await queue.add([envelope('a')]);
    const [letter] = await eventually(
      () => queue.failed(LANE, 10),
      (letters) => letters.length === 1,
    );
    expect(letter?.reason).toBe('a mere string');
  });

  it('puts a job off until later without counting an attempt', async () => {
    const { queue, consume } = setup();
    const { handler, next } = byHand();
    await consume(handler);
    await queue.add([envelope('a')]);
    for (let round = 0; round < 4; round += 1) {
      const { delivery, end } = await next();
      expect(delivery).toMatchObject({ attempt: 1, lastAttempt: false });
      end({ kind: 'later', at: Date.now() + 20, reason: 'no budget' });
    }
    const { delivery, end } = await next();
    expect(delivery.attempt).toBe(1);
    end({ kind: 'later', at: Date.now() + 60_000, reason: 'no budget' });
    await eventually(
      () => queue.counts(LANE),
      (counts) => counts.delayed === 1,
    );
    expect(await queue.counts(LANE)).toEqual({ ...ended, delayed: 1 });
  });

  it('puts a job back without counting an attempt', async () => {
    const { queue, consume } = setup();
    const { handler, next } = byHand();
    await consume(handler);
    await queue.add([envelope('a')]);
    (await next()).end({ kind: 'back' });
    const { delivery, end } = await next();
    expect(delivery).toMatchObject({ id: 'a', attempt: 1 });
    end(DONE);
  });

  it('makes an abandoned job a dead letter at its first try', async () => {
    const { queue, consume, log } = setup();
    await consume(async () => ({ kind: 'abandoned', reason: 'its payload has no keys' }));
    const end = log.next('job:ended');
    await queue.add([envelope('a')]);
    expect(await end).toMatchObject({ ending: 'abandoned', reason: 'its payload has no keys' });
    const [letter] = await eventually(
      () => queue.failed(LANE, 10),
      (letters) => letters.length === 1,
    );
    expect(letter).toMatchObject({ id: 'a', reason: 'its payload has no keys', attempts: 1 });
  });

  it('says when each job starts and ends', async () => {
    const { queue, consume, log } = setup();
    const { handler, next } = byHand();
    await consume(handler);
    const [started, end] = [log.next('job:started'), log.next('job:ended')];
    await queue.add([envelope('a')]);
    const waited = expect.any(Number);
    expect(await started).toEqual({ kind: 'refresh', id: 'a', lane: LANE, attempt: 1, waited });
    (await next()).end(DONE);
    expect(await end).toMatchObject({ kind: 'refresh', id: 'a', lane: LANE, ending: 'done' });
  });
});

describe('dead letters', () => {
  it('are listed newest first in pages, and redriven with all their attempts', async () => {
    const { queue, consume } = setup({ attempts: 1 });
    let healthy = false;
    const seen: number[] = [];
    await consume(async ({ attempt }) => {
      seen.push(attempt);
      if (!healthy) throw new Error('down');
      return DONE;
    }, 20);
    const ids = Array.from({ length: 620 }, (_, i) => `j${i}`);
    await queue.add(ids.map((id) => envelope(id)));
    await eventually(
      () => queue.counts(LANE),
      (counts) => counts.failed === 620,
    );
    const letters = await queue.failed(LANE, 1_000);
    expect(new Set(letters.map(({ id }) => id))).toEqual(new Set(ids));
    expect(letters.every(({ failedAt }, i) => failedAt <= (letters[i - 1]?.failedAt ?? failedAt))).toBe(true);
    expect(await queue.failed(LANE, 7)).toEqual(letters.slice(0, 7));
    healthy = true;
    expect(await queue.redrive(LANE, [...ids, 'nobody'])).toBe(620);
    await eventually(
      async () => seen.length,
      (length) => length === 1_240,
    );
    expect(new Set(seen)).toEqual(new Set([1]));
    await eventually(
      () => queue.counts(LANE),
      (counts) => counts.active === 0,
    );
    expect(await queue.counts(LANE)).toEqual(ended);
    expect(await queue.redrive(LANE, ids)).toBe(0);
  });

  it('give way to new work of the same id', async () => {
    const { queue, consume } = setup({ attempts: 1 });
    const { handler, next } = byHand();
    await consume(handler);
    await queue.add([envelope('a', { payload: 'old' })]);
    (await next()).fail(new Error('no'));
    await eventually(
      () => queue.counts(LANE),
      (counts) => counts.failed === 1,
    );
    await queue.add([envelope('a', { payload: 'new' })]);
    const { delivery, end } = await next();
    expect(delivery).toMatchObject({ payload: 'new', attempt: 1 });
    end(DONE);
    expect((await queue.counts(LANE)).failed).toBe(0);
  });
});
