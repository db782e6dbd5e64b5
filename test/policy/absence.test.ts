import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  judgeAbsence,
  judgeLeftOut,
  looksApart,
  mayVanish,
  type VanishingFrom,
} from '../../src/policy/absence.ts';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const FROM: VanishingFrom = { share: 0.1, values: 100, recent: 1, ttl: 10 * MINUTE, now: NOW };
const ONCE = { saidAt: NOW, doubt: undefined };

describe('an origin that has a value no more', () => {
  test.each([
    ['one alone is asked for once more', ONCE, FROM, 'confirm'],
    ['as many as may vanish at once are asked for once more', ONCE, { ...FROM, recent: 10 }, 'confirm'],
    ['one more than that is refused', ONCE, { ...FROM, recent: 11 }, 'refuse'],
    ['all of few values are refused', ONCE, { ...FROM, values: 5, recent: 5 }, 'refuse'],
    ['one of few values may go', ONCE, { ...FROM, values: 2 }, 'confirm'],
    ['the only one is refused', ONCE, { ...FROM, values: 1 }, 'refuse'],
    ['the only one may go where all may', ONCE, { ...FROM, share: 1, values: 1 }, 'believe'],
    ['with a doubt even one is refused', { saidAt: NOW, doubt: 'it is a page' }, FROM, 'refuse'],
    ['none may go where the share is 0%', ONCE, { ...FROM, share: 0 }, 'refuse'],
    ['all may go where the share is 100%', ONCE, { ...FROM, share: 1, recent: 100 }, 'believe'],
  ] as const)('%s', (_, vanishing, from, kind) => {
    expect(judgeAbsence(vanishing, from).kind).toBe(kind);
  });

  test('is believed at the second look, a ttl after the first, however many vanished and with any doubt', () => {
    const from = { ...FROM, recent: 100 };
    const look = (ms: number) => judgeAbsence({ saidAt: NOW - ms, doubt: 'left out' }, from).kind;
    expect([look(10 * MINUTE - 1), look(10 * MINUTE)]).toEqual(['refuse', 'believe']);
  });

  test('is refused in words that say how many vanished, of how many', () => {
    const verdict = judgeAbsence(ONCE, { ...FROM, recent: 30 });
    expect(verdict).toEqual({
      kind: 'refuse',
      reason: 'the origin has no such value now, nor 29 others of 100: more than 10% at once',
    });
  });
});

describe('a key without a value that a call leaves out', () => {
  const CALL = { asked: 100, given: 90, leftOut: 10, doubt: 'it is short', isSecond: false };
  test.each([
    ['is believed to have none among a few', CALL, 0.1, 'believe'],
    ['is asked for once more among many', { ...CALL, given: 89, leftOut: 11 }, 0.1, 'confirm'],
    ['is refused where the call gives nothing', { ...CALL, given: 0, leftOut: 100 }, 0.1, 'refuse'],
    ['is refused where the rest has failed', { ...CALL, given: 0, leftOut: 1 }, 0.1, 'refuse'],
    ['is believed where it is the only one', { ...CALL, asked: 1, given: 0, leftOut: 1 }, 0, 'believe'],
    ['is believed where all may be gone', { ...CALL, given: 0, leftOut: 100 }, 1, 'believe'],
    ['is asked for once more where none may be gone', { ...CALL, given: 99, leftOut: 1 }, 0, 'confirm'],
    ['is believed the second time', { ...CALL, given: 0, leftOut: 100, isSecond: true }, 0.1, 'believe'],
    ['is tried again where the second answer has others', { ...CALL, isSecond: true }, 0.1, 'again'],
  ] as const)('%s', (_, call, share, kind) => {
    expect(judgeLeftOut(call, { share }).kind).toBe(kind);
  });
});

test('looks are apart by a ttl, from a minute to an hour', () => {
  expect([1_000, 5 * MINUTE, 24 * 60 * MINUTE].map(looksApart)).toEqual([MINUTE, 5 * MINUTE, 60 * MINUTE]);
});

test('never may more vanish than the share, and one in any case', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 1, noNaN: true }), fc.nat(1_000_000), (share, of) => {
      expect(mayVanish(share, of)).toBeLessThanOrEqual(Math.max(1, share * of));
      expect(mayVanish(share, of)).toBeGreaterThanOrEqual(1);
    }),
  );
});
