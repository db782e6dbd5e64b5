import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ThrottleBackoff } from '../../../src/warming/calls/throttle-backoff.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const GIVEN_UP_AFTER = 60_000;

function create(random = () => 1) {
  const clock = new FakeClock();
  const backoff = new ThrottleBackoff({ clock, random, givenUpAfter: GIVEN_UP_AFTER });
  return { clock, backoff };
}

/** How long it is left alone each time, when it is throttled as soon as each wait is over. */
async function waits({ clock, backoff }: ReturnType<typeof create>, hints: readonly (number | undefined)[]) {
  const found: number[] = [];
  for (const hint of hints) {
    const now = clock.now();
    const ms = backoff.throttled(clock.elapsed(), hint === undefined ? undefined : now + hint) - now;
    found.push(ms);
    await clock.advance(ms);
  }
  return found;
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

describe('an origin that says "slow down"', () => {
  test.each([
    ['without a time', undefined],
    ['with the time zero', 0],
    ['with a time that has passed', -60_000],
  ])('%s is left alone longer each time, up to half a minute', async (_, hint) => {
    expect(await waits(create(), times(8, hint))).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
    ]);
  });

  test('waits half of that at least, and how much more is drawn', async () => {
    expect(
      await waits(
        create(() => 0),
        times(3, undefined),
      ),
    ).toEqual([500, 1_000, 2_000]);
    expect(
      await waits(
        create(() => 0.5),
        times(3, undefined),
      ),
    ).toEqual([750, 1_500, 3_000]);
  });

  test('with a time is left alone until then, and not longer than a quarter of an hour', async () => {
    expect(await waits(create(), [3_000, 3_000, 86_400_000])).toEqual([3_000, 3_000, 900_000]);
  });

  test('begins anew once it has answered', async () => {
    const bench = create();
    await waits(bench, times(4, undefined));
    bench.backoff.answered(bench.clock.elapsed());
    expect(await waits(bench, [undefined])).toEqual([1_000]);
  });

  test('does not begin anew with the answer to a call that was under way when it said so', async () => {
    const { clock, backoff } = create();
    expect(backoff.throttled(clock.elapsed(), undefined) - clock.now()).toBe(1_000);
    await clock.advance(500);
    backoff.answered(clock.elapsed() - 500);
    await clock.advance(500);
    expect(backoff.throttled(clock.elapsed(), undefined) - clock.now()).toBe(2_000);
  });

  test('begins anew each time where it lets some in beside those that it refuses', async () => {
    const { clock, backoff } = create();
    const found: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      const began = clock.elapsed();
      await clock.advance(5);
      const ms = backoff.throttled(began, undefined) - clock.now();
      found.push(ms);
      await clock.advance(95);
      backoff.answered(began);
      await clock.advance(ms - 95);
    }
    // What was under way at the first is no answer to it.
    expect(found).toEqual([1_000, 2_000, 1_000, 1_000, 1_000, 1_000]);
  });

  test('is not given up on while it lets some in beside those that it refuses', async () => {
    const { clock, backoff } = create();
    while (clock.elapsed() < GIVEN_UP_AFTER * 2) {
      const began = clock.elapsed();
      const ms = backoff.throttled(began, undefined) - clock.now();
      backoff.answered(began);
      expect(backoff.isGivenUp).toBe(false);
      await clock.advance(ms);
    }
  });

  test('is told once by calls that were under way together; of their times the latest counts', async () => {
    const { clock, backoff } = create();
    const began = clock.elapsed();
    await clock.advance(10);
    const now = clock.now();
    expect(backoff.throttled(began, undefined)).toBe(now + 1_000);
    expect(backoff.throttled(began, undefined)).toBe(now + 1_000);
    expect(backoff.throttled(began, now + 5_000)).toBe(now + 5_000);
    expect(backoff.throttled(began, now + 2_000)).toBe(now + 5_000);
  });

  test('and nothing else for long enough is given up on, until it answers', async () => {
    const bench = create();
    const { backoff } = bench;
    await waits(bench, times(6, undefined));
    expect(backoff.isGivenUp).toBe(false);
    await waits(bench, [undefined]);
    expect(backoff.isGivenUp).toBe(true);
    backoff.answered(bench.clock.elapsed());
    expect(backoff.isGivenUp).toBe(false);
  });

  test('is not given up on before it was asked again at the time that it named', async () => {
    const bench = create();
    await waits(bench, [600_000]);
    expect(bench.backoff.isGivenUp).toBe(false);
  });

  test('and names a time far ahead is given up on meanwhile; keys wait until then at most', async () => {
    const { clock, backoff } = create();
    const now = clock.now();
    const until = backoff.throttled(clock.elapsed(), now + 600_000);
    expect(until).toBe(now + 600_000);
    expect(backoff.waitUntil(until)).toBe(now + GIVEN_UP_AFTER);
    expect(backoff.waitUntil(now + 10)).toBe(now + 10);
    await clock.advance(GIVEN_UP_AFTER - 1);
    expect(backoff.isGivenUp).toBe(false);
    await clock.advance(1);
    expect(backoff.isGivenUp).toBe(true);
    backoff.answered(GIVEN_UP_AFTER * 10);
    expect(backoff.isGivenUp).toBe(false);
    expect(backoff.waitUntil(until)).toBe(until);
  });

  test('since its quota is used up is given up on at once', () => {
    const { clock, backoff } = create();
    expect(backoff.spent()).toBe(clock.now() + 30_000);
    expect(backoff.isGivenUp).toBe(true);
  });

  test('is left alone for some time, and for a bounded one, whatever it says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(fc.integer(), { nil: undefined })), async (hints) => {
        for (const ms of await waits(create(Math.random), hints)) {
          expect(ms).toBeGreaterThanOrEqual(100);
          expect(ms).toBeLessThanOrEqual(900_000);
        }
      }),
    );
  });
});
