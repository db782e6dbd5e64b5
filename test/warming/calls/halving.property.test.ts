/** Whatever keys are bad, and however few a server takes: no good key fails, unless nothing was answered at all. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CallSizes } from '../../../src/warming/calls/call-sizes.ts';
import { Halving } from '../../../src/warming/calls/halving.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { sourceWith } from '../../support/sources.ts';

/** Searches among these keys, of which some are bad, at a server that takes so many. */
function search(isBad: readonly boolean[], limit: number, isHopeless: boolean) {
  const source = sourceWith({ keysPerCall: isBad.length });
  const callSizes = new CallSizes({ clock: new FakeClock(0) });
  const sizes = {
    most: () => callSizes.most(source),
    answered: (keys: number) => callSizes.answered(source, keys),
    refused: (keys: number, taken: number) => callSizes.refused(source, keys, taken),
  };
  const keys = isBad.map((_, i) => i);
  const halving = new Halving({ keys, refused: true, sizes, isHopeless });
  const answered: number[] = [];
  const alone: number[] = [];
  let calls = 0;
  for (let part = halving.next(); part !== undefined; part = halving.next()) {
    calls += 1;
    if (part.keys.length <= limit && !part.keys.some((key) => isBad[key])) {
      answered.push(...part.keys);
      halving.answered(part);
    } else if (halving.failed(part, true)) alone.push(...part.keys);
  }
  return { answered, alone, rest: halving.rest, calls, isFruitless: halving.isFruitless };
}

test('every key is answered, fails alone or is left where nothing was answered; in at most two calls each', () => {
  const keys = fc.array(fc.boolean(), { minLength: 2, maxLength: 200 });
  const few = fc.array(
    fc.nat(9).map((n) => n === 0),
    { minLength: 2, maxLength: 200 },
  );
  fc.assert(
    fc.property(
      fc.oneof(keys, few),
      fc.integer({ min: 1, max: 200 }),
      fc.boolean(),
      (isBad, limit, hopeless) => {
        const { answered, alone, rest, calls, isFruitless } = search(isBad, limit, hopeless);
        const all = [...answered, ...alone, ...rest].sort((a, b) => a - b);
        expect(all).toEqual(isBad.map((_, i) => i));
        expect(alone.filter((key) => !isBad[key])).toEqual([]);
        expect(calls).toBeLessThanOrEqual(2 * isBad.length + 16);
        if (!isFruitless) expect(rest).toEqual([]);
        else expect([answered.length, alone.length >= 5]).toEqual([0, true]);
      },
    ),
  );
});

test('where all are bad, it ends after a dozen', () => {
  const { alone, calls, rest } = search(Array(1_000).fill(true), 1_000, false);
  expect({ alone: alone.length, rest: rest.length }).toEqual({ alone: 12, rest: 988 });
  expect(calls).toBeLessThanOrEqual(22);
});
