/**
 * What every ledger promises, as data: a sentence and the proof of it. `describeLedger` makes a test of each; the liars in
 * `ledger.liars.test.ts` show that each can fail.
 */
import { describe, expect, it } from 'vitest';
import type { Ledger, Permit } from '../../src/budget/ledger.ts';
import type { Budget } from '../../src/core/budget.ts';
import { type Clock, sleep } from '../../src/core/clock.ts';
import { BudgetDeferredError } from '../../src/core/errors.ts';

export interface LedgerSubject {
  readonly ledger: Ledger;
  /** The clock by which the ledger waits. */
  readonly clock: Clock;
  /** Lets time pass: a clock of the test is moved on, and the machine's is waited for. */
  readonly pass: (ms: number) => Promise<void>;
}

/** A ledger of the origins `o` and `other`, both with this budget, of which nothing has been used. */
export type CreateLedger = (budget: Budget) => LedgerSubject;
export type LedgerClause = (create: CreateLedger) => Promise<void>;

/** Callers that would wait longer for the rate or for a pause are deferred, in ms: subjects are made with this. */
export const PATIENCE_MS = 1_000;

const NEVER = new AbortController().signal;
const STEP_MS = 5;
/** Longer than any clause waits for what must come, in ms. */
const BOUND_MS = 5_000;

const upTo = (concurrency: number): Budget => ({ concurrency, rate: undefined });

/** Lets time pass until the promise has settled. */
async function settled<T>({ pass }: LedgerSubject, promise: Promise<T>): Promise<T> {
  let done = false;
  const end = () => {
    done = true;
  };
  promise.then(end, end);
  for (let ms = 0; !done && ms < BOUND_MS; ms += STEP_MS) await pass(STEP_MS);
  expect(done, 'it settles in time').toBe(true);
  return promise;
}

/** Whether the promise has settled after so many ms. */
async function settlesIn({ pass }: LedgerSubject, promise: Promise<unknown>, ms: number): Promise<boolean> {
  let done = false;
  const end = () => {
    done = true;
  };
  promise.then(end, end);
  await pass(ms);
  return done;
}

const take = (subject: LedgerSubject, origin = 'o'): Promise<Permit> =>
  settled(subject, subject.ledger.permit(origin, NEVER));

/** The error with which a caller is refused. */
async function refusal(subject: LedgerSubject, permit = subject.ledger.permit('o', NEVER)): Promise<unknown> {
  const given = permit.then(
    () => 'a permit',
    (error: unknown) => error,
  );
  return await settled(subject, given);
}

/** The state, as soon as it is like this: what a process gives back may reach the ledger a little later. */
async function stateLike(subject: LedgerSubject, expected: object): Promise<void> {
  for (let ms = 0; ms < 500; ms += STEP_MS) {
    const state = await subject.ledger.state('o');
    if (Object.entries(expected).every(([name, value]) => Reflect.get(state, name) === value)) return;
    await subject.pass(STEP_MS);
  }
  expect(await subject.ledger.state('o')).toMatchObject(expected);
}

/** The state, as soon as limits are lowered. */
async function loweredOf({ ledger, pass }: LedgerSubject) {
  for (let ms = 0; ms < 500 && (await ledger.state('o')).lowered === undefined; ms += STEP_MS)
    await pass(STEP_MS);
  return await ledger.state('o');
}

/** Makes `calls` calls as soon as each has a permit; returns when they began, and the most that were in flight together. */
async function callAll(subject: LedgerSubject, calls: number, holdMs: number) {
  const { ledger, clock } = subject;
  const starts: number[] = [];
  let [inFlight, peak] = [0, 0];
  const call = async () => {
    const permit = await ledger.permit('o', NEVER);
    inFlight += 1;
    peak = Math.max(peak, inFlight);
    starts.push(clock.elapsed());
    await sleep(clock, holdMs);
    inFlight -= 1;
    permit.release();
  };
  await settled(subject, Promise.all(Array.from({ length: calls }, call)));
  return { starts, peak };
}

export const LEDGER_CLAUSES: Readonly<Record<string, LedgerClause>> = {
  'has never more calls in flight than the concurrency': async (create) => {
    const { starts, peak } = await callAll(create(upTo(3)), 12, 8);
    expect(starts).toHaveLength(12);
    expect(peak).toBeLessThanOrEqual(3);
  },

  'begins no more calls in any window than the rate allows': async (create) => {
    const subject = create({ concurrency: 50, rate: { calls: 100, perMs: 1_000 } });
    const { starts } = await callAll(subject, 30, 1);
    const inWindow = (from: number) => starts.filter((at) => at >= from && at < from + 100).length;
    // 10 by the rate; timers of the machine that fire late may carry two over the edge of a window.
    expect(Math.max(...starts.map(inWindow))).toBeLessThanOrEqual(12);
  },

  'counts a permit that is released twice once': async (create) => {
    const subject = create(upTo(1));
    const first = await take(subject);
    first.release();
    first.release();
    const second = await take(subject);
    const third = subject.ledger.permit('o', NEVER);
    expect(await settlesIn(subject, third, 40)).toBe(false);
    second.release();
    (await settled(subject, third)).release();
  },

  'counts origins apart': async (create) => {
    const subject = create(upTo(1));
    const held = await take(subject);
    await subject.ledger.pause('o', subject.clock.now() + 60_000, 'this one');
    (await take(subject, 'other')).release();
    held.release();
  },

  'defers callers while a pause lasts longer than its patience, and says until when and why': async (
    create,
  ) => {
    const subject = create(upTo(4));
    const until = subject.clock.now() + 60_000;
    await subject.ledger.pause('o', until, 'it asked for it');
    const error = await refusal(subject);
    expect(error).toBeInstanceOf(BudgetDeferredError);
    expect((error as BudgetDeferredError).message).toContain('it asked for it');
    expect((error as BudgetDeferredError).retryAt).toBeGreaterThanOrEqual(until - STEP_MS);
  },

  'never cuts a longer pause by a shorter one': async (create) => {
    const subject = create(upTo(4));
    const until = subject.clock.now() + 60_000;
    await subject.ledger.pause('o', until, 'long');
    await subject.ledger.pause('o', subject.clock.now() + 20, 'short');
    await subject.pass(40);
    expect(await refusal(subject)).toBeInstanceOf(BudgetDeferredError);
    expect(await subject.ledger.state('o')).toMatchObject({ pausedUntil: until, pauseReason: 'long' });
  },

  'knows of an outage until a call is answered, and since when and why': async (create) => {
    const subject = create(upTo(4));
    const { ledger, clock } = subject;
    const began = clock.now();
    const pauseFor = (ms: number, why: string) => ledger.pause('o', clock.now() + ms, why, 'outage');
    await pauseFor(20, 'it hung up');
    await subject.pass(40);
    await pauseFor(20, 'it hung up again');
    const { outage, pausedUntil } = await ledger.state('o');
    expect(outage).toMatchObject({ reason: 'it hung up again' });
    expect((outage?.since ?? 0) - began).toBeLessThan(30);
    expect(pausedUntil).toBeGreaterThan(began);
    await subject.pass(40);
    (await take(subject)).release({ outcome: 'failed', ms: 5 });
    await stateLike(subject, { inFlight: 0, pausedUntil: 0 });
    expect((await ledger.state('o')).outage).toBeDefined();
    (await take(subject)).release({ outcome: 'ok', ms: 5 });
    await stateLike(subject, { inFlight: 0, outage: undefined });
    await pauseFor(20, 'it hung up');
    await ledger.pause('o', clock.now() + 20, '429');
    expect((await ledger.state('o')).outage).toBeUndefined();
  },

  'waits out a pause that ends within its patience': async (create) => {
    const subject = create(upTo(4));
    const until = subject.clock.now() + 150;
    await subject.ledger.pause('o', until, 'short');
    (await take(subject)).release();
    expect(subject.clock.now()).toBeGreaterThanOrEqual(until - STEP_MS);
  },

  'passes on no permit that comes back while the origin is paused': async (create) => {
    const subject = create(upTo(1));
    const held = await take(subject);
    const waiting = refusal(subject);
    await subject.ledger.pause('o', subject.clock.now() + 60_000, '429');
    held.release();
    expect(await waiting).toBeInstanceOf(BudgetDeferredError);
  },

  'defers a caller whom the rate allows no call within its patience': async (create) => {
    const subject = create({ concurrency: 4, rate: { calls: 1, perMs: 60_000 } });
    const now = subject.clock.now();
    (await take(subject)).release();
    const error = await refusal(subject);
    expect(error).toBeInstanceOf(BudgetDeferredError);
    expect((error as BudgetDeferredError).retryAt).toBeGreaterThan(now + 55_000);
  },

  'gives stamps above all that the origin gave before, and permits whose stamps never fall': async (
    create,
  ) => {
    const subject = create(upTo(4));
    const given: number[] = [];
    for (let n = 0; n < 10; n += 1) {
      const permit = await take(subject);
      expect(permit.stamp).toBeGreaterThanOrEqual(given.at(-2) ?? 0);
      permit.release();
      const stamp = await subject.ledger.stamp('o');
      expect(stamp).toBeGreaterThan(Math.max(permit.stamp, ...given));
      given.push(permit.stamp, stamp);
    }
  },

  'frees the place of a caller that gives up, at once and with its reason': async (create) => {
    const subject = create(upTo(1));
    const held = await take(subject);
    const impatient = new AbortController();
    const waiting = refusal(subject, subject.ledger.permit('o', impatient.signal));
    const next = subject.ledger.permit('o', NEVER);
    next.catch(() => undefined); // a ledger that fails the clause may refuse it later
    impatient.abort(new Error('gave up'));
    expect(await waiting).toEqual(new Error('gave up'));
    held.release();
    (await settled(subject, next)).release();
  },

  'gives nothing to a caller that had given up before': async (create) => {
    const subject = create(upTo(1));
    const gone = subject.ledger.permit('o', AbortSignal.abort(new Error('gave up')));
    expect(await refusal(subject, gone)).toEqual(new Error('gave up'));
    (await take(subject)).release();
  },

  'reports what is in flight, and nothing that was released': async (create) => {
    const subject = create(upTo(4));
    const held = [await take(subject), await take(subject)];
    expect(await subject.ledger.state('o')).toMatchObject({
      ...{ origin: 'o', inFlight: 2, processes: 1, pausedUntil: 0, pauseReason: '' },
    });
    for (const permit of held) permit.release();
    await stateLike(subject, { inFlight: 0, processes: 0 });
  },

  'reports the limits that hold': async (create) => {
    const subject = create({ concurrency: 7, rate: { calls: 10, perMs: 1_000 } });
    (await take(subject)).release();
    const { limits } = await subject.ledger.state('o');
    expect(limits.concurrency).toBe(7);
    expect(limits.intervalMs).toBeCloseTo(105, 1);
  },

  'counts the calls that were made, each once and by how it went': async (create) => {
    const subject = create(upTo(4));
    const [a, b, c, unused] = [
      await take(subject),
      await take(subject),
      await take(subject),
      await take(subject),
    ];
    a.release({ outcome: 'ok', ms: 20 });
    a.release({ outcome: 'failed', ms: 1_000 });
    b.release({ outcome: 'throttled', ms: 5 });
    c.release({ outcome: 'failed', apart: 'unanswered', ms: 100 });
    unused.release();
    await stateLike(subject, { inFlight: 0 });
    const { calls } = await subject.ledger.state('o');
    expect(calls).toMatchObject({ ok: 1, throttled: 1, failed: 1, ms: 125 });
    expect(calls.apart).toEqual({ absent: 0, refused: 0, unanswered: 1 });
  },

  'begins no more calls in a longer window than it allows, wherever that begins': async (create) => {
    const windows = [{ calls: 6, perMs: 400 }];
    const subject = create({ concurrency: 50, rate: { calls: 200, perMs: 1_000 }, windows });
    const { starts } = await callAll(subject, 12, 1);
    const inWindow = (from: number) => starts.filter((at) => at >= from && at < from + 400).length;
    expect(Math.max(...starts.map(inWindow))).toBeLessThanOrEqual(6);
  },

  'lets as many calls begin together as a burst has, and the next when the rate allows it': async (
    create,
  ) => {
    const subject = create({ concurrency: 50, rate: { calls: 5, perMs: 1_000 }, burst: 6 });
    const { starts } = await callAll(subject, 7, 1);
    const [first = 0, ...later] = starts.map((at) => at - Math.min(...starts)).sort((a, b) => a - b);
    expect(first).toBe(0);
    expect(later[4]).toBeLessThan(100);
    expect(later[5]).toBeGreaterThan(150);
  },

  'serves a live miss before others that have waited for longer': async (create) => {
    const subject = create(upTo(1));
    const held = await take(subject);
    const order: string[] = [];
    const asked = (['run', 'run', 'live'] as const).map(async (user) => {
      const permit = await subject.ledger.permit('o', NEVER, user);
      order.push(user);
      await sleep(subject.clock, 30);
      permit.release();
    });
    await subject.pass(STEP_MS);
    held.release();
    await settled(subject, Promise.all(asked));
    expect(order).toEqual(['live', 'run', 'run']);
  },

  'lowers the limits when a call was throttled, once for all that were permitted before': async (create) => {
    const subject = create(upTo(10));
    const { starts } = await callAll(subject, 20, 1);
    expect(starts).toHaveLength(20);
    const held = await settled(
      subject,
      Promise.all(Array.from({ length: 10 }, () => subject.ledger.permit('o', NEVER))),
    );
    await subject.pass(20);
    for (const [i, permit] of held.entries()) permit.release({ outcome: i < 5 ? 'ok' : 'throttled', ms: 5 });
    const { lowered, limits } = await loweredOf(subject);
    expect(lowered?.reason).toBe('the origin said "slow down": too many calls at the same time');
    expect(limits).toEqual({ concurrency: 7, intervalMs: 0 });
  },

  'lowers the rate alone when a call was throttled while no other was in flight': async (create) => {
    const subject = create(upTo(10));
    const { starts } = await callAll(subject, 20, 1);
    expect(starts).toHaveLength(20);
    const alone = await take(subject);
    await subject.pass(20);
    alone.release({ outcome: 'throttled', ms: 5 });
    const { lowered, limits } = await loweredOf(subject);
    expect(lowered?.reason).toBe('the origin said "slow down": too many calls per second');
    expect(limits.concurrency).toBe(10);
    expect(limits.intervalMs).toBeGreaterThan(0);
  },

  'calls an origin no more that said that nothing is left, until it said there is more': async (create) => {
    const subject = create(upTo(4));
    const began = subject.clock.elapsed();
    subject.ledger.told('o', { remaining: 0, resetMs: 300 });
    (await take(subject)).release();
    expect(subject.clock.elapsed() - began).toBeGreaterThanOrEqual(300);
    (await take(subject, 'other')).release();
  },

  'takes no pace from an origin that only ever said that nothing is left': async (create) => {
    const subject = create(upTo(4));
    subject.ledger.told('o', { remaining: 0, resetMs: 300 });
    (await take(subject)).release();
    const began = subject.clock.elapsed();
    for (let i = 0; i < 10; i += 1) (await take(subject)).release();
    expect(subject.clock.elapsed() - began).toBeLessThan(10 * 300);
  },

  'refuses the callers that wait when it closes': async (create) => {
    const subject = create(upTo(1));
    await take(subject);
    const waiting = refusal(subject);
    await subject.pass(STEP_MS);
    await subject.ledger.close();
    expect(await waiting).toMatchObject({ code: 'E_TIER_CLOSED' });
  },
};

export function describeLedger(name: string, create: CreateLedger): void {
  describe(`the contract of ledgers, on ${name}`, () => {
    for (const [sentence, clause] of Object.entries(LEDGER_CLAUSES)) {
      it(sentence, async () => {
        const made: LedgerSubject[] = [];
        try {
          await clause((budget) => {
            const subject = create(budget);
            made.push(subject);
            return subject;
          });
        } finally {
          await Promise.all(made.map(({ ledger }) => ledger.close()));
        }
      });
    }
  });
}
