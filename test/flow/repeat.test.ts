import { describe, expect, test } from 'vitest';
import { Repeat } from '../../src/flow/repeat.ts';
import { FakeClock } from '../support/fake-clock.ts';

const EVERY = 1_000;
const SOON = 500;

/** Work that the test ends. */
function create(work?: (signal: AbortSignal) => Promise<unknown>) {
  const clock = new FakeClock();
  const errors: unknown[] = [];
  const under: PromiseWithResolvers<void>[] = [];
  const byHand = () => {
    const next = Promise.withResolvers<void>();
    under.push(next);
    return next.promise;
  };
  const onError = (error: unknown) => errors.push(error);
  return { clock, errors, under, repeat: new Repeat({ clock, every: EVERY, work: work ?? byHand, onError }) };
}

describe('work that is repeated', () => {
  test('is done after each pause, never twice at once, and the pause begins when it is done', async () => {
    const { clock, under, repeat } = create();
    repeat.start();
    expect(under).toHaveLength(0);
    await clock.advance(EVERY * 5);
    expect(under).toHaveLength(1);
    under[0]?.resolve();
    await clock.advance(EVERY - 1);
    expect(under).toHaveLength(1);
    await clock.advance(1);
    expect(under).toHaveLength(2);
  });

  test('is reported when it fails, and done again', async () => {
    const { clock, errors, under, repeat } = create();
    repeat.start();
    await clock.advance(EVERY);
    under[0]?.reject(new Error('away'));
    await clock.advance(EVERY);
    expect(errors).toEqual([new Error('away')]);
    expect(under).toHaveLength(2);
  });

  test('is reported when it throws before it returns a promise', async () => {
    const { clock, errors, repeat } = create(() => {
      throw new Error('at once');
    });
    repeat.start();
    await clock.advance(EVERY * 2);
    expect(errors).toHaveLength(2);
  });

  test('is done once when it is started twice', async () => {
    const { clock, under, repeat } = create();
    repeat.start();
    repeat.start();
    await clock.advance(EVERY);
    expect(under).toHaveLength(1);
  });
});

describe('stopping work that is repeated', () => {
  test('leaves no timer behind, also twice and before it was started', async () => {
    const { clock, under, repeat } = create();
    await repeat.stop(clock.now());
    repeat.start();
    await repeat.stop(clock.now() + SOON);
    await repeat.stop(clock.now() + SOON);
    expect(clock.timers).toBe(0);
    await clock.advance(EVERY * 3);
    expect(under).toHaveLength(0);
  });

  test('aborts the work that is under way, waits for it, and does not report its failure', async () => {
    const ends: string[] = [];
    const { clock, errors, repeat } = create(
      (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            ends.push('work');
            reject(signal.reason);
          });
        }),
    );
    repeat.start();
    await clock.advance(EVERY);
    await repeat.stop(clock.now() + SOON);
    ends.push('stop');
    expect(ends).toEqual(['work', 'stop']);
    expect(errors).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  test.each([
    ['until its deadline', SOON - 100, SOON - 100],
    ['half a second', 60_000, SOON],
  ])('waits for work that does not listen no longer than %s', async (_, left, ms) => {
    const { clock, repeat } = create();
    repeat.start();
    await clock.advance(EVERY);
    let stopped = false;
    const stopping = repeat.stop(clock.now() + left).then(() => {
      stopped = true;
    });
    await clock.advance(ms - 1);
    expect(stopped).toBe(false);
    await clock.advance(1);
    await stopping;
    expect(clock.timers).toBe(0);
  });

  test('is no end: it goes on when it is started again', async () => {
    const { clock, under, repeat } = create();
    repeat.start();
    await repeat.stop(clock.now());
    repeat.start();
    await clock.advance(EVERY);
    expect(under).toHaveLength(1);
  });
});
