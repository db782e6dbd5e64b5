import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { abortable } from '../../src/flow/abortable.ts';
import { orAfter, settleBy, whileTrue, within } from '../../src/flow/deadline.ts';
import { FakeClock } from '../support/fake-clock.ts';

const LATE = new Error('late');
const GAVE_UP = new Error('gave up');
const FAILED = new Error('failed');
const NEVER = new Promise<never>(() => {});

/** When something happens, in ms; undefined: never. */
const moment = fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined });
const scenario = fc.record({
  bound: fc.integer({ min: 1, max: 50 }),
  ends: moment,
  fails: fc.boolean(),
  aborts: moment,
});
type Scenario = typeof scenario extends fc.Arbitrary<infer S> ? S : never;

/** Work that ends when the scenario says so, a signal that aborts when it says so, and what must be left behind: nothing. */
function play({ ends, fails, aborts }: Scenario) {
  const clock = new FakeClock();
  const controller = new AbortController();
  if (aborts !== undefined) clock.after(aborts, () => controller.abort(GAVE_UP));
  const work = () =>
    new Promise<string>((resolve, reject) => {
      if (ends !== undefined) clock.after(ends, () => (fails ? reject(FAILED) : resolve('done')));
    });
  const leftovers = () => ({
    timers: clock.timers,
    listeners: getEventListeners(controller.signal, 'abort'),
  });
  return { clock, work, signal: controller.signal, leftovers };
}

/** How a promise ended, and when. */
async function endOf(clock: FakeClock, promise: Promise<unknown>, ms = 100) {
  let end: { readonly with: unknown; readonly at: number } | undefined;
  const settled = (value: unknown) => {
    end = { with: value, at: clock.elapsed() };
  };
  promise.then(settled, settled);
  await clock.advance(ms);
  return end;
}

/** Which of several moments comes first; at the same time, the one that was set first. */
function first(...moments: readonly (readonly [at: number | undefined, result: unknown])[]) {
  const set = moments.filter(([at]) => at !== undefined).toSorted(([a = 0], [b = 0]) => a - b)[0];
  return set === undefined ? undefined : { with: set[1], at: set[0] };
}

const endOfWork = ({ ends, fails }: Scenario) => [ends, fails ? FAILED : 'done'] as const;

/** Moments at the same time depend on the order in which timers are set, which is no promise of ours. */
const apart = ({ bound, ends, aborts }: Scenario) => new Set([bound, ends, aborts]).size === 3;

describe('within', () => {
  it('ends with whatever comes first, and leaves no timer and no listener', async () => {
    await fc.assert(
      fc.asyncProperty(scenario.filter(apart), async (s) => {
        const { clock, work, signal, leftovers } = play(s);
        const expected = first(endOfWork(s), [s.aborts, GAVE_UP], [s.bound, LATE]);
        expect(
          await endOf(
            clock,
            within(clock, s.bound, work, () => LATE, signal),
          ),
        ).toEqual(expected);
        expect(leftovers()).toEqual({ timers: 0, listeners: [] });
      }),
    );
  });

  it('aborts the work with the reason for which it was given up, and only then', async () => {
    await fc.assert(
      fc.asyncProperty(scenario.filter(apart), async (s) => {
        const { clock, work, signal } = play(s);
        let seen: AbortSignal | undefined;
        const watched = (inner: AbortSignal) => {
          seen = inner;
          return work();
        };
        const end = await endOf(
          clock,
          within(clock, s.bound, watched, () => LATE, signal),
        );
        const gaveUp = end?.with === LATE || end?.with === GAVE_UP;
        expect([seen?.aborted, gaveUp ? seen?.reason : undefined]).toEqual([
          gaveUp,
          gaveUp ? end?.with : undefined,
        ]);
      }),
    );
  });

  it('does not begin the work when the signal has aborted before', async () => {
    const clock = new FakeClock();
    let begun = false;
    const work = async () => {
      begun = true;
    };
    await expect(within(clock, 10, work, () => LATE, AbortSignal.abort(GAVE_UP))).rejects.toBe(GAVE_UP);
    expect([begun, clock.timers]).toEqual([false, 0]);
  });

  it('rejects with what the work throws before it returns a promise', async () => {
    const clock = new FakeClock();
    const work = () => {
      throw FAILED;
    };
    await expect(within(clock, 10, work, () => LATE)).rejects.toBe(FAILED);
    expect(clock.timers).toBe(0);
  });

  it('sets no timer for a bound that never comes', async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    const waiting = within(
      clock,
      Number.POSITIVE_INFINITY,
      () => NEVER,
      () => LATE,
      controller.signal,
    );
    expect(clock.timers).toBe(0);
    controller.abort(GAVE_UP);
    await expect(waiting).rejects.toBe(GAVE_UP);
  });
});

describe('orAfter', () => {
  it('ends with the work or with the other value, whichever comes first, and leaves no timer', async () => {
    await fc.assert(
      fc.asyncProperty(scenario.filter(apart), async ({ aborts: _, ...rest }) => {
        const s = { ...rest, aborts: undefined };
        const { clock, work, leftovers } = play(s);
        const end = await endOf(
          clock,
          orAfter(clock, s.bound, work(), () => 'other'),
        );
        expect(end).toEqual(first(endOfWork(s), [s.bound, 'other']));
        expect(leftovers()).toEqual({ timers: 0, listeners: [] });
      }),
    );
  });
});

describe('whileTrue', () => {
  it('ends with the work, or at the first look that finds the condition gone', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, fc.integer({ min: 1, max: 9 }), async ({ aborts, ...rest }, every) => {
        const s = { ...rest, aborts: undefined };
        const { clock, work, leftovers } = play(s);
        const gone = aborts ?? 1_000;
        const look = Math.ceil(gone / every) * every;
        fc.pre(s.ends !== look);
        const end = await endOf(
          clock,
          whileTrue(
            clock,
            every,
            () => clock.elapsed() < gone,
            work(),
            () => LATE,
          ),
          2_000,
        );
        expect(end).toEqual(first(endOfWork(s), [look, LATE]));
        expect(leftovers()).toEqual({ timers: 0, listeners: [] });
      }),
    );
  });

  it('rejects at once when the condition does not hold', async () => {
    const clock = new FakeClock();
    const waiting = whileTrue(
      clock,
      10,
      () => false,
      NEVER,
      () => LATE,
    );
    await expect(waiting).rejects.toBe(LATE);
    expect(clock.timers).toBe(0);
  });
});

describe('abortable', () => {
  it('ends with the work or with the reason of the signal, and leaves no listener', async () => {
    await fc.assert(
      fc.asyncProperty(scenario.filter(apart), async (s) => {
        const { clock, work, signal, leftovers } = play(s);
        const end = await endOf(clock, abortable(signal, work()));
        expect(end).toEqual(first(endOfWork(s), [s.aborts, GAVE_UP]));
        const endless = end === undefined;
        expect(leftovers().listeners).toHaveLength(endless ? 1 : 0);
      }),
    );
  });

  it('rejects at once when the signal has aborted before', async () => {
    await expect(abortable(AbortSignal.abort(GAVE_UP), NEVER)).rejects.toBe(GAVE_UP);
  });
});

describe('settleBy', () => {
  it('resolves when the work has settled, whichever way, at the latest at the deadline', async () => {
    await fc.assert(
      fc.asyncProperty(scenario.filter(apart), async ({ aborts: _, ...rest }) => {
        const s = { ...rest, aborts: undefined };
        const { clock, work, leftovers } = play(s);
        const end = await endOf(clock, settleBy(clock, clock.now() + s.bound, work()));
        expect(end).toEqual(first([s.ends, undefined], [s.bound, undefined]));
        expect(leftovers()).toEqual({ timers: 0, listeners: [] });
      }),
    );
  });

  it('does not wait when the deadline has passed', async () => {
    const clock = new FakeClock();
    const waiting = settleBy(clock, clock.now() - 1, NEVER);
    await clock.advance(0);
    await waiting;
  });
});
