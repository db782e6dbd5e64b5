import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ForewarmError } from '../../src/core/errors.ts';
import { Events } from '../../src/core/events.ts';
import { anyKind, type JobKind } from '../../src/jobs/job.ts';
import type { Delivery, Ending } from '../../src/queue/queue.ts';
import { executor } from '../../src/workers/executor.ts';
import { EventLog } from '../support/event-log.ts';
import { FakeClock } from '../support/fake-clock.ts';

const schema = z.strictObject({ n: z.number() });
type Payload = z.infer<typeof schema>;

/** A kind that does what the test says, and remembers what it was told. */
function create(
  run: (payload: Payload) => Promise<Ending> = async () => ({ kind: 'done' }),
  elsewhere?: Extract<Ending, { kind: 'later' }>,
) {
  const ran: Payload[] = [];
  const gaveUp: { readonly payload: Payload; readonly reason: string }[] = [];
  const kind: JobKind<Payload> = {
    name: 'count',
    parse: (raw) => schema.parse(raw),
    async run(payload) {
      ran.push(payload);
      return run(payload);
    },
    async giveUp(payload, reason) {
      gaveUp.push({ payload, reason });
    },
  };
  const events = new Events();
  const log = new EventLog(events, ['problem']);
  const clock = new FakeClock();
  const other = async () => elsewhere;
  const handBack = { ofError: async () => undefined, ofKind: other, ofPayload: other };
  const handle = executor({ kinds: [anyKind(kind)], handBack, clock, events });
  return { ran, gaveUp, log, clock, handle };
}

function delivery(change: Partial<Delivery> = {}): Delivery {
  return {
    ...{ id: 'j1', lane: 'control', kind: 'count', payload: { n: 1 }, attempt: 1, lastAttempt: false },
    signal: new AbortController().signal,
    ...change,
  };
}

describe('a delivery', () => {
  test.each<Ending>([{ kind: 'done' }, { kind: 'back' }, { kind: 'later', at: 5, reason: 'paused' }])(
    'ends as its kind says: %j',
    async (ending) => {
      const { handle, ran } = create(async () => ending);
      expect(await handle(delivery())).toEqual(ending);
      expect(ran).toEqual([{ n: 1 }]);
    },
  );

  test.each(['E_REDIS_UNAVAILABLE', 'E_TIER_UNAVAILABLE'] as const)(
    'that meets an outage (%s) waits for its end, also at its last attempt, and loses none',
    async (code) => {
      const { handle, gaveUp, clock } = create(async () => {
        throw new ForewarmError(code, 'away');
      });
      const ending = await handle(delivery({ attempt: 5, lastAttempt: true }));
      expect(ending).toEqual({ kind: 'later', at: clock.now() + 2_000, reason: 'away' });
      expect(gaveUp).toEqual([]);
    },
  );

  test('of an unknown kind is abandoned, with the kinds that are known', async () => {
    expect(await create().handle(delivery({ kind: 'cuont' }))).toEqual({
      kind: 'abandoned',
      reason: 'E_JOB_INVALID: job kind "cuont" is unknown; this worker knows count',
    });
  });

  test.each([[{ n: 'one' }], [{ n: 1, more: 2 }], [undefined], ['text']])(
    'with the payload %j is abandoned, with what is wrong with it',
    async (payload) => {
      const { handle, ran } = create();
      const ending = await handle(delivery({ payload }));
      expect(ending).toMatchObject({ kind: 'abandoned' });
      expect('reason' in ending && ending.reason).toMatch(
        /^E_JOB_INVALID: the payload of count is not valid/,
      );
      expect(ran).toEqual([]);
    },
  );
});

describe('a delivery that only another version understands', () => {
  test.each([
    ['a kind that is not in this one', { kind: 'cuont' }],
    ['a payload that is not one of this one', { payload: { n: 1, more: 2 } }],
  ])('is left to workers of that version: %s', async (_, change) => {
    const later = { kind: 'later', at: 5, reason: 'another one does it' } as const;
    const { handle, ran } = create(undefined, later);
    expect(await handle(delivery(change))).toEqual(later);
    expect(ran).toEqual([]);
  });
});

describe('a job that throws', () => {
  const failing = () => create(() => Promise.reject(new Error('the disk is full')));

  test('is tried again: nothing is given up before the last attempt', async () => {
    const { handle, gaveUp, log } = failing();
    await expect(handle(delivery({ attempt: 2 }))).rejects.toThrow('the disk is full');
    expect(gaveUp).toEqual([]);
    expect(log.seen).toEqual([]);
  });

  test('at the last attempt is given up: whatever waits for it ends, and it is told', async () => {
    const { handle, gaveUp, log } = failing();
    await expect(handle(delivery({ attempt: 3, lastAttempt: true }))).rejects.toThrow('the disk is full');
    expect(gaveUp).toEqual([{ payload: { n: 1 }, reason: 'the disk is full' }]);
    expect(log.seen).toMatchObject([{ payload: { where: 'job count j1, given up after 3 tries' } }]);
  });

  test('because it was let go is not given up, not even at the last attempt', async () => {
    const { handle, gaveUp } = failing();
    const signal = AbortSignal.abort(new Error('lost'));
    await expect(handle(delivery({ lastAttempt: true, signal }))).rejects.toThrow('the disk is full');
    expect(gaveUp).toEqual([]);
  });
});
