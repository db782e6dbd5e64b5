/** Whatever callers do, in whatever order their calls end: one probe at a time, and what is said of the past changes nothing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Breaker, type BreakerCall } from '../../src/flow/breaker.ts';
import { FakeClock } from '../support/fake-clock.ts';

const THRESHOLD = 3;

const step = fc.oneof(
  fc.record({ do: fc.constant('enter' as const) }),
  fc.record({
    do: fc.constant('end' as const),
    which: fc.nat(),
    how: fc.constantFrom<keyof BreakerCall>('succeeded', 'failed', 'abandoned'),
  }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 200 }) }),
);
type BreakerStep = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A call under way, and in which state it was let through: of which closed time, or as which probe. */
interface Known {
  readonly call: BreakerCall;
  readonly era: string;
}

/** Plays the steps on a breaker, and compares each with the rules in their plainest form. */
async function play(
  steps: readonly BreakerStep[],
  wrap: (call: BreakerCall) => BreakerCall = (call) => call,
) {
  const clock = new FakeClock();
  let era = 0;
  const breaker = new Breaker({
    ...{ clock, threshold: THRESHOLD, delay: 100, longestDelay: 350 },
    onChange: () => {
      era += 1;
    },
  });
  const calls: Known[] = [];
  for (const each of steps) {
    if (each.do === 'wait') await clock.advance(each.ms);
    if (each.do === 'enter') {
      const before = breaker.state;
      const call = breaker.enter();
      expect(call !== undefined).toBe(
        before === 'closed' || (before === 'open' && breaker.state === 'half-open'),
      );
      if (call !== undefined) calls.push({ call: wrap(call), era: `${breaker.state} ${era}` });
    }
    if (each.do === 'end' && calls.length > 0) {
      const [known] = calls.splice(each.which % calls.length, 1);
      const before = `${breaker.state} ${era}`;
      known?.call[each.how]('down');
      if (known?.era !== before) expect(`${breaker.state} ${era}`).toBe(before);
      else if (breaker.state === 'half-open') throw new Error('a probe has ended, and its place is not free');
    }
    const probes = calls.filter((known) => known.era === `half-open ${era}` && breaker.state === 'half-open');
    expect(probes.length).toBe(breaker.state === 'half-open' ? 1 : 0);
  }
}

const histories = fc.array(step, { minLength: 40, maxLength: 80 });

describe('a breaker under any history of calls', () => {
  it('lets one probe through at a time, and hears only calls that were let through since it last changed', async () => {
    await fc.assert(
      fc.asyncProperty(histories, (steps) => play(steps)),
      { numRuns: 30 },
    );
  });

  it('would be seen to leave the place of a probe taken, if it did not hear of one that was abandoned', async () => {
    const deaf = (call: BreakerCall): BreakerCall => ({ ...call, abandoned: () => undefined });
    const found = fc.assert(
      fc.asyncProperty(histories, (steps) => play(steps, deaf)),
      { seed: 7, numRuns: 60, endOnFailure: true },
    );
    await expect(found).rejects.toThrow();
  });
});
