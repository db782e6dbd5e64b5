import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Events } from '../../src/core/events.ts';
import type { Delivery, Queue, QueuedJob } from '../../src/queue/queue.ts';
import { WorkerPool } from '../../src/workers/worker-pool.ts';
import { byHand, setup } from '../queue/setup.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { TEST_PATIENCE, within } from '../support/waiting.ts';

function job(lane: string, id: string): QueuedJob {
  return { id, lane, kind: 'refresh', payload: {}, priority: 1, delayMs: 0 };
}

/** A pool on a real queue, whose jobs the test ends by hand. */
function create(origins: readonly string[] = ['markets', 'ticker']) {
  const { queue, events } = setup();
  const hands = byHand();
  const parts = { queue, handler: hands.handler, origins, concurrency: 1, clock: systemClock, events };
  return { queue, hands, pool: new WorkerPool(parts) };
}

const soon = () => systemClock.now() + 2_000;

describe('a worker pool', () => {
  test('takes jobs of every lane, and a lane that is held up holds up no other', async () => {
    const { queue, hands, pool } = create();
    await pool.start();
    await queue.add([job('markets', 'a'), job('markets', 'b')]);
    const first = await hands.next();
    expect(first.delivery).toMatchObject({ lane: 'markets' });
    await queue.add([job('ticker', 'c'), job('control', 'd')]);
    const others = [await hands.next(), await hands.next()];
    expect(others.map(({ delivery }) => delivery.lane).sort()).toEqual(['control', 'ticker']);
    for (const { end } of [first, ...others]) end({ kind: 'done' });
    (await hands.next()).end({ kind: 'done' });
    await pool.stop(soon());
  });

  test('takes as many jobs of a lane at a time as it may', async () => {
    const { queue, hands, pool } = create(['markets']);
    await pool.start();
    await queue.add(['a', 'b', 'c'].map((id) => job('markets', id)));
    const first = await hands.next();
    expect((await queue.counts('markets')).active).toBe(1);
    first.end({ kind: 'done' });
    for (let i = 0; i < 2; i += 1) (await hands.next()).end({ kind: 'done' });
    await pool.stop(soon());
  });

  test('stops: a job in hand is told, goes back, and another pool does it', async () => {
    const { queue, hands, pool } = create(['markets']);
    await pool.start();
    await queue.add([job('markets', 'a')]);
    const { delivery, end } = await hands.next();
    delivery.signal.addEventListener('abort', () => end({ kind: 'back' }));
    await pool.stop(soon());
    expect(delivery.signal.aborted).toBe(true);
    const again = create(['markets']);
    const { handler } = again.hands;
    const consumer = queue.consume('markets', 1, handler);
    await consumer.start();
    const second = await again.hands.next();
    expect(second.delivery).toMatchObject({ id: 'a', attempt: 1 });
    second.end({ kind: 'done' });
  });

  test.each([
    ['before it started', async (pool: WorkerPool) => pool.stop(soon())],
    [
      'twice',
      async (pool: WorkerPool) => {
        await pool.start();
        await Promise.all([pool.stop(soon()), pool.stop(soon())]);
      },
    ],
    [
      'while it starts',
      async (pool: WorkerPool) => {
        const starting = pool.start();
        await pool.stop(soon());
        await starting;
      },
    ],
  ])('stopped %s takes no job any more', async (_, act) => {
    const { queue, pool } = create(['markets']);
    await act(pool);
    const ids = Array.from({ length: 10 }, (__, i) => `j${i}`);
    const done: string[] = [];
    const all = Promise.withResolvers<void>();
    const consumer = queue.consume('markets', 1, async ({ id }) => {
      done.push(id);
      if (done.length === ids.length) all.resolve();
      return { kind: 'done' };
    });
    await queue.add(ids.map((id) => job('markets', id)));
    await consumer.start();
    await within(TEST_PATIENCE, 'every job at the one who is there', all.promise);
  });

  test('started again after a stop goes on', async () => {
    const { queue, hands, pool } = create(['markets']);
    await pool.start();
    await pool.stop(soon());
    await pool.start();
    await queue.add([job('markets', 'a')]);
    (await hands.next()).end({ kind: 'done' });
    await pool.stop(soon());
  });
});

describe('a lane', () => {
  /** A pool on consumers whose progress the test tells. */
  async function fake() {
    const clock = new FakeClock();
    const events = new Events();
    const progress: Record<string, number> = { control: 0, markets: 0 };
    const consume = (lane: string) => ({
      ...{ name: lane, start: async () => {}, stop: async () => {} },
      ...{ lastProgress: () => progress[lane] ?? 0, active: () => 1, unended: () => 1 },
    });
    const queue: Pick<Queue, 'consume'> = { consume };
    // Only `consume` is used by a pool.
    const parts = { queue: queue as Queue, handler: async (_: Delivery) => ({ kind: 'done' }) as const };
    const pool = new WorkerPool({ ...parts, origins: ['markets'], concurrency: 1, clock, events });
    await pool.start();
    return { clock, events, progress, pool };
  }

  test('shows when a job of it ended last, or a call to its origin, however long its jobs last', async () => {
    const { clock, events, progress, pool } = await fake();
    await clock.advance(179_000);
    events.emit('origin:call', { origin: 'markets', source: 's', keys: 1, ms: 5, result: 'retryable' });
    progress.control = 5;
    expect(pool.movements()).toEqual([
      { name: 'lane control', at: 5 },
      { name: 'lane markets', at: 179_000 },
    ]);
    progress.markets = 180_000;
    expect(pool.movements()[1]).toEqual({ name: 'lane markets', at: 180_000 });
  });

  test('is nothing to tell of once the pool has stopped', async () => {
    const { clock, pool } = await fake();
    await pool.stop(clock.now());
    expect(pool.unended()).toBe(2);
    await clock.advance(600_000);
    expect(pool.movements()).toEqual([]);
  });
});
