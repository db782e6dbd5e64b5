/** What every queue must do, and for each clause a queue that does not. */
import { describe, expect, test } from 'vitest';
import type { Delivery, Ending, Handler, Queue, QueuedJob } from '../../src/queue/queue.ts';
import { until } from '../support/waiting.ts';
import { liar } from './liar.ts';

export interface QueueClause {
  /** The queue is new and empty, and tries a job twice. */
  readonly check: (queue: Queue) => Promise<void>;
  readonly lie: (honest: Queue) => Queue;
}

const LANE = 'markets';
/** How often the lane is looked at for what must not wait. */
const LOOKS = 1_000;
const DONE: Ending = { kind: 'done' };

function job(id: string, more: Partial<QueuedJob> = {}): QueuedJob {
  return { id, lane: LANE, kind: 'refresh', payload: { id }, priority: 10, delayMs: 0, ...more };
}

/** Runs jobs of the lane, each ending as told, until `enough` were delivered and none is in hand. */
async function deliveries(
  queue: Queue,
  enough: number,
  endingOf: (delivery: Delivery) => Ending | Error = () => DONE,
): Promise<Delivery[]> {
  const seen: Delivery[] = [];
  const consumer = queue.consume(LANE, 1, async (delivery) => {
    seen.push(delivery);
    const ending = endingOf(delivery);
    if (ending instanceof Error) throw ending;
    return ending;
  });
  await consumer.start();
  try {
    await until(
      `${enough} deliveries`,
      async () => ({ seen: seen.length, active: (await queue.counts(LANE)).active }),
      (now) => now.seen >= enough && now.active === 0,
    );
  } finally {
    await consumer.stop(Date.now() + 2_000);
  }
  return seen;
}

/** Each envelope is changed before it is added. */
function adding(honest: Queue, change: (envelope: QueuedJob, index: number) => Partial<QueuedJob>): Queue {
  let count = 0;
  return liar(honest, {
    add: (envelopes) =>
      honest.add(envelopes.map((envelope) => ({ ...envelope, ...change(envelope, count++) }))),
  });
}

/** Each ending is another one than the handler's. */
function ending(honest: Queue, change: (ending: Ending) => Ending): Queue {
  return liar(honest, {
    consume: (lane, concurrency, handler: Handler) =>
      honest.consume(lane, concurrency, async (delivery) => change(await handler(delivery))),
  });
}

export const queueClauses: Readonly<Record<string, QueueClause>> = {
  'delivers a job as it was added': {
    async check(queue) {
      const payload = { keys: ['profile:ølstykke'], nested: [null, { a: 1.5 }] };
      await queue.add([job('a', { kind: 'prefetch', payload })]);
      const [delivery] = await deliveries(queue, 1);
      expect(delivery).toMatchObject({ id: 'a', lane: LANE, kind: 'prefetch', payload, attempt: 1 });
    },
    lie: (honest) => adding(honest, () => ({ payload: {} })),
  },

  'adds nothing while a job of this id is there': {
    async check(queue) {
      await queue.add([job('a'), job('a')]);
      await queue.add([job('a'), job('late', { delayMs: 60_000 })]);
      await queue.add([job('late')]);
      expect(await queue.counts(LANE)).toMatchObject({ waiting: 1, delayed: 1 });
    },
    lie: (honest) => adding(honest, ({ id }, index) => ({ id: `${id}-${index}` })),
  },

  'frees the id of a job that ended well': {
    async check(queue) {
      await queue.add([job('a')]);
      expect(await queue.pending(LANE, 'a')).toBe(true);
      await deliveries(queue, 1);
      expect(await queue.pending(LANE, 'a')).toBe(false);
      await queue.add([job('a')]);
      expect(await deliveries(queue, 1)).toHaveLength(1);
    },
    lie: (honest) => liar(honest, { pending: async () => true }),
  },

  'runs lower priority numbers first, and equal ones in the order they were added': {
    async check(queue) {
      await queue.add([
        job('last', { priority: 12 }),
        job('b1', { priority: 11 }),
        job('b2', { priority: 11 }),
        job('first'),
      ]);
      const order = (await deliveries(queue, 4)).map(({ id }) => id);
      expect(order).toEqual(['first', 'b1', 'b2', 'last']);
    },
    lie: (honest) => adding(honest, () => ({ priority: 10 })),
  },

  'keeps no job waiting for those of another class, however long they last': {
    async check(queue) {
      const began: string[] = [];
      const over = new AbortController();
      const consumer = queue.consume(LANE, 1, async ({ id }) => {
        began.push(id);
        if (id === 'run') await new Promise((resolve) => over.signal.addEventListener('abort', resolve));
        return DONE;
      });
      await consumer.start();
      try {
        await queue.add([job('run', { priority: 41 }), job('run too', { priority: 41 })]);
        await until(
          'the run in hand',
          async () => began.length,
          (jobs) => jobs > 0,
        );
        await queue.add([job('hot')]);
        // So many answers of the server are time enough, however busy the machine is.
        for (let looks = 0; looks < LOOKS && began.length < 2; looks += 1) await queue.counts(LANE);
        expect(began).toEqual(['run', 'hot']);
      } finally {
        over.abort();
        await consumer.stop(Date.now() + 2_000);
      }
    },
    lie: (honest) => adding(honest, () => ({ priority: 41 })),
  },

  'holds a delayed job until its time has come': {
    async check(queue) {
      await queue.add([job('later', { delayMs: 60_000 }), job('now'), job('soon', { delayMs: 50 })]);
      expect(await queue.counts(LANE)).toMatchObject({ waiting: 1, delayed: 2 });
      expect((await deliveries(queue, 2)).map(({ id }) => id)).toEqual(['now', 'soon']);
      expect(await queue.counts(LANE)).toMatchObject({ waiting: 0, delayed: 1 });
    },
    lie: (honest) => adding(honest, () => ({ delayMs: 0 })),
  },

  'knows since when the oldest job waits, whatever its priority': {
    async check(queue) {
      expect(await queue.oldest(LANE)).toBeUndefined();
      const before = Date.now();
      await queue.add([job('oldest', { priority: 41 })]);
      const oldest = (await queue.oldest(LANE)) ?? 0;
      expect(oldest).toBeGreaterThanOrEqual(before);
      await until(
        'another millisecond',
        async () => Date.now(),
        (now) => now > oldest,
      );
      await queue.add([
        job('a'),
        job('b'),
        job('soon', { priority: 11 }),
        job('put off', { delayMs: 60_000 }),
      ]);
      expect(await queue.oldest(LANE)).toBe(oldest);
      await deliveries(queue, 4);
      expect(await queue.oldest(LANE)).toBeUndefined();
    },
    lie: (honest) => liar(honest, { oldest: async () => Date.now() }),
  },

  'counts a delayed job whose time has come as one that waits, though nobody takes jobs': {
    async check(queue) {
      const before = Date.now();
      await queue.add([job('soon', { delayMs: 20 }), job('later', { delayMs: 60_000 })]);
      await until(
        'the time of the first',
        () => queue.oldest(LANE),
        (since) => since !== undefined,
      );
      expect(await queue.oldest(LANE)).toBeGreaterThanOrEqual(before + 20);
      expect(await queue.counts(LANE)).toMatchObject({ waiting: 1, delayed: 1 });
      expect(await queue.dueBy(LANE, Date.now() + 3_600_000)).toBe(1);
    },
    lie: (honest) =>
      liar(honest, {
        counts: async (lane) => ({ ...(await honest.counts(lane)), waiting: 0, delayed: 2 }),
      }),
  },

  'counts the wait of a delayed job from when its time came': {
    async check(queue) {
      const before = Date.now();
      await queue.add([job('a', { delayMs: 40 }), job('b', { delayMs: 40 })]);
      const { promise: released, resolve: release } = Promise.withResolvers<void>();
      const consumer = queue.consume(LANE, 1, () => released.then(() => DONE));
      await consumer.start();
      try {
        await until(
          'one job in hand, and another that waits',
          () => queue.counts(LANE),
          ({ active, waiting }) => active === 1 && waiting === 1,
        );
        expect(await queue.oldest(LANE)).toBeGreaterThanOrEqual(before + 40);
      } finally {
        release();
        await consumer.stop(Date.now() + 2_000);
      }
    },
    lie: (honest) =>
      liar(honest, { oldest: async (lane) => ((await honest.counts(lane)).waiting > 0 ? 0 : undefined) }),
  },

  'tells how many delayed jobs are due by a time': {
    async check(queue) {
      const delays = [1_000, 60_000, 600_000];
      await queue.add([...delays.map((delayMs) => job(`in-${delayMs}`, { delayMs })), job('now')]);
      const now = Date.now();
      const asked = [now, now + 30_000, now + 120_000, now + 3_600_000];
      expect(await Promise.all(asked.map((at) => queue.dueBy(LANE, at)))).toEqual([0, 1, 2, 3]);
    },
    lie: (honest) => liar(honest, { dueBy: async (lane) => (await honest.counts(lane)).delayed }),
  },

  'keeps lanes apart': {
    async check(queue) {
      await queue.add([job('a', { lane: 'other' }), job('b')]);
      expect((await deliveries(queue, 1)).map(({ id }) => id)).toEqual(['b']);
      expect((await queue.counts('other')).waiting).toBe(1);
      expect(await queue.pending(LANE, 'a')).toBe(false);
    },
    lie: (honest) => adding(honest, () => ({ lane: LANE })),
  },

  'tries a job that throws again, says which try is the last, and then keeps it with its reason': {
    async check(queue) {
      await queue.add([job('a')]);
      const tries = await deliveries(queue, 2, ({ attempt }) => new Error(`try ${attempt}`));
      expect(tries.map(({ attempt, lastAttempt }) => [attempt, lastAttempt])).toEqual([
        [1, false],
        [2, true],
      ]);
      expect(await queue.failed(LANE, 10)).toMatchObject([{ id: 'a', kind: 'refresh', reason: 'try 2' }]);
      expect(await queue.pending(LANE, 'a')).toBe(false);
    },
    lie: (honest) =>
      liar(honest, {
        failed: async (...request) =>
          (await honest.failed(...request)).map((failed) => ({ ...failed, reason: '' })),
      }),
  },

  'puts a job back, or off until a time, without counting an attempt': {
    async check(queue) {
      await queue.add([job('a')]);
      const endings: Ending[] = [
        { kind: 'back' },
        { kind: 'later', at: Date.now() + 20, reason: 'the origin is paused' },
        DONE,
      ];
      const seen = await deliveries(queue, 3, () => endings.shift() ?? DONE);
      expect(seen.map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
    },
    lie: (honest) =>
      ending(honest, (told) => {
        if (told.kind === 'back') throw new Error('back');
        return told;
      }),
  },

  'remembers every lane that a job was added to': {
    async check(queue) {
      expect(await queue.lanes()).toEqual([]);
      await queue.add([job('a'), job('b', { lane: 'others' }), job('c')]);
      await deliveries(queue, 2);
      expect((await queue.lanes()).toSorted()).toEqual([LANE, 'others']);
    },
    lie: (honest) => liar(honest, { lanes: async () => [LANE] }),
  },

  'keeps an abandoned job at its first try': {
    async check(queue) {
      await queue.add([job('a')]);
      await deliveries(queue, 1, () => ({ kind: 'abandoned', reason: 'no such kind' }));
      expect(await queue.failed(LANE, 10)).toMatchObject([{ id: 'a', reason: 'no such kind', attempts: 1 }]);
    },
    lie: (honest) => ending(honest, (told) => (told.kind === 'abandoned' ? DONE : told)),
  },

  'lists failed jobs that come after a place': {
    async check(queue) {
      await queue.add([job('a'), job('b'), job('c')]);
      await deliveries(queue, 3, () => ({ kind: 'abandoned', reason: 'no such kind' }));
      const all = await queue.failed(LANE, 10);
      expect(all).toHaveLength(3);
      const [first] = all;
      const place = { at: first?.failedAt ?? 0, id: first?.id ?? '' };
      expect(await queue.failed(LANE, 10, place)).toEqual(all.slice(1));
      expect(await queue.failed(LANE, 1, place)).toEqual(all.slice(1, 2));
    },
    lie: (honest) => liar(honest, { failed: (lane, limit) => honest.failed(lane, limit) }),
  },

  'queues failed jobs again with all their attempts, and says how many': {
    async check(queue) {
      await queue.add([job('a')]);
      await deliveries(queue, 2, () => new Error('down'));
      expect(await queue.redrive(LANE, ['a', 'nobody'])).toBe(1);
      const [delivery] = await deliveries(queue, 1);
      expect(delivery).toMatchObject({ id: 'a', attempt: 1 });
      expect(await queue.redrive(LANE, ['a'])).toBe(0);
      expect(await queue.failed(LANE, 10)).toEqual([]);
    },
    lie: (honest) =>
      liar(honest, {
        async redrive(lane, ids) {
          await honest.redrive(lane, ids);
          return ids.length;
        },
      }),
  },

  'counts the wait of a failed job from when it was queued again': {
    async check(queue) {
      await queue.add([job('a')]);
      await deliveries(queue, 1, () => ({ kind: 'abandoned', reason: 'no such kind' }));
      const failedAt = (await queue.failed(LANE, 1))[0]?.failedAt ?? 0;
      expect(await queue.redrive(LANE, ['a'])).toBe(1);
      expect(await queue.oldest(LANE)).toBeGreaterThanOrEqual(failedAt);
    },
    lie: (honest) => liar(honest, { oldest: async () => 1 }),
  },

  'queues a failed job again once, though two ask for it at the same time': {
    async check(queue) {
      await queue.add([job('a')]);
      await deliveries(queue, 1, () => ({ kind: 'abandoned', reason: 'no such kind' }));
      const told = await Promise.all([queue.redrive(LANE, ['a']), queue.redrive(LANE, ['a'])]);
      expect(Math.max(...told)).toBe(1);
      expect(await queue.counts(LANE)).toMatchObject({ waiting: 1, failed: 0 });
    },
    lie(honest) {
      let isAsked = false;
      return liar(honest, {
        async redrive(lane, ids) {
          if (isAsked) throw new Error('job a is not in the failed state');
          isAsked = true;
          return honest.redrive(lane, ids);
        },
      });
    },
  },
};

/** Runs the clauses on queues of one's own: each gets a new, empty one that tries a job twice. */
export function describeQueue(name: string, create: () => Queue): void {
  describe(`the queue contract, kept by ${name}`, () => {
    for (const [sentence, { check }] of Object.entries(queueClauses)) {
      test(sentence, () => check(create()));
    }
  });
}
