import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Head } from '../../src/core/entry.ts';
import { freshnessAt } from '../../src/core/freshness.ts';
import { type Decision, decide, dueAfterFailure, type WarmOptions } from '../../src/policy/decision.ts';
import { entryOf, FETCHED_AT, tombstoneOf } from '../support/entries.ts';

const PLAIN: WarmOptions = { force: false, missing: false, since: 0 };
const FETCH: Decision = { kind: 'fetch' };
const value = (head: Partial<Head> = {}) => entryOf('profile:a', '{}', head).head;
const ended = (outcome: string) => ({ kind: 'ended', outcome });

/** Times of `value`: due at +80 s, stale at +100 s, gone at +600 s. */
const FRESH = FETCHED_AT + 10_000;
const DUE = FETCHED_AT + 90_000;
const STALE = FETCHED_AT + 200_000;
const GONE = FETCHED_AT + 700_000;
const MISSING: WarmOptions = { ...PLAIN, missing: true };
const FORCE: WarmOptions = { ...PLAIN, force: true };

describe('what to do about a key', () => {
  test.each([
    ['nothing is stored', undefined, FRESH, PLAIN, FETCH],
    ['nothing is stored and only missing ones are wished', undefined, FRESH, MISSING, FETCH],
    ['it was dropped', tombstoneOf('profile:a', 1).head, FRESH, PLAIN, FETCH],
    [
      'it was dropped by this very work',
      tombstoneOf('profile:a', 1).head,
      FRESH,
      { ...PLAIN, since: 1 },
      FETCH,
    ],
    ['it is fresh', value(), FRESH, PLAIN, ended('already-warm')],
    ['it is fresh and force is wished', value(), FRESH, FORCE, FETCH],
    ['its absence is fresh', value({ kind: 'absent' }), FRESH, PLAIN, ended('already-warm')],
    ['it is due', value(), DUE, PLAIN, FETCH],
    ['it is due and only missing ones are wished', value(), DUE, MISSING, ended('already-warm')],
    ['it is stale', value(), STALE, PLAIN, FETCH],
    ['it is stale and only missing ones are wished', value(), STALE, MISSING, ended('excluded')],
    ['it is gone', value(), GONE, PLAIN, FETCH],
    ['it is gone and only missing ones are wished', value(), GONE, MISSING, FETCH],
    ['this work fetched it', value(), FRESH, { ...FORCE, since: FETCHED_AT }, ended('warmed')],
    [
      'this work had it confirmed',
      value({ fetchedAt: FETCHED_AT - 50_000 }),
      FRESH,
      { ...FORCE, since: FETCHED_AT },
      ended('unchanged'),
    ],
    ['it was fetched before this work began', value(), FRESH, { ...FORCE, since: FETCHED_AT + 1 }, FETCH],
  ] as const)('when %s', (_, head, now, wish, expected) => {
    expect(decide(head, now, wish)).toEqual(expected);
  });
});

const times = fc
  .tuple(fc.nat(1_000), fc.nat(1_000), fc.nat(1_000), fc.nat(1_000), fc.nat(1_000))
  .map(([fetched, checked, due, stale, gone]) => {
    const checkedAt = FETCHED_AT + fetched + checked;
    const dueAt = checkedAt + due;
    const staleAt = dueAt + stale;
    return { fetchedAt: FETCHED_AT + fetched, checkedAt, dueAt, staleAt, goneAt: staleAt + gone };
  });
const heads = fc
  .tuple(times, fc.constantFrom('value', 'absent', 'dropped'))
  .map(([of, kind]) => value({ ...of, kind }));
const nows = fc.nat(6_000).map((ms) => FETCHED_AT + ms);
const wishes = fc.record({
  force: fc.boolean(),
  missing: fc.boolean(),
  since: fc.oneof(fc.constant(0), nows),
});

type Decide = typeof decide;

/** What must hold of any way to decide, for any head, time and wish. */
const laws: Readonly<Record<string, { holds: Parameters<typeof law>[0]; liar: Decide }>> = {
  'what is fresh is never fetched unless it is forced': {
    holds: ({ head, now, wish }, taken) =>
      freshnessAt(head, now) !== 'fresh' || head.kind === 'dropped' || wish.force || taken.kind === 'ended',
    liar: (head, now, wish) => (wish.missing ? decide(head, now, wish) : FETCH),
  },
  'what this work has done is never fetched again while it is fresh': {
    holds: ({ head, now, wish }, taken) =>
      wish.since === 0 ||
      head.checkedAt < wish.since ||
      head.kind === 'dropped' ||
      freshnessAt(head, now) !== 'fresh' ||
      taken.kind === 'ended',
    liar: (head, now, wish) => decide(head, now, { ...wish, since: 0 }),
  },
  'a tombstone is always fetched': {
    holds: ({ head }, taken) => head.kind !== 'dropped' || taken.kind === 'fetch',
    liar: (head, now, wish) => decide(head && { ...head, kind: 'value' }, now, wish),
  },
  'what is gone is always fetched': {
    holds: ({ head, now }, taken) => freshnessAt(head, now) !== 'gone' || taken.kind === 'fetch',
    liar: (_, __, wish) => (wish.missing ? { kind: 'ended', outcome: 'already-warm' } : FETCH),
  },
  'with only missing ones wished, nothing that can be served is fetched': {
    holds: ({ head, now, wish }, taken) =>
      !wish.missing || head.kind === 'dropped' || freshnessAt(head, now) === 'gone' || taken.kind === 'ended',
    liar: (head, now, wish) => decide(head, now, { ...wish, missing: false }),
  },
  'what is stale is never called warm': {
    holds: ({ head, now }, taken) =>
      freshnessAt(head, now) !== 'stale' || taken.kind === 'fetch' || taken.outcome === 'excluded',
    liar: (head, now, wish) =>
      wish.missing ? { kind: 'ended', outcome: 'already-warm' } : decide(head, now, wish),
  },
};

interface Case {
  readonly head: Head;
  readonly now: number;
  readonly wish: WarmOptions;
}

function law(holds: (given: Case, taken: Decision) => boolean, subject: Decide): void {
  fc.assert(
    fc.property(heads, nows, wishes, (head, now, wish) =>
      holds({ head, now, wish }, subject(head, now, wish)),
    ),
    { numRuns: 500 },
  );
}

describe('for any head, time and wish', () => {
  for (const [sentence, { holds, liar }] of Object.entries(laws)) {
    test(sentence, () => law(holds, decide));
    test(`a decision that breaks it is caught: ${sentence}`, () => {
      expect(() => law(holds, liar)).toThrow(/Property failed/);
    });
  }
});

describe('times', () => {
  test.each([
    [1_000, 5_000],
    [50_000, 5_000],
    [60_000, 6_000],
    [3_600_000, 360_000],
    [30 * 86_400_000, 600_000],
  ])('a key of ttl %i that failed is due again after %i ms', (ttl, after) => {
    expect(dueAfterFailure({ ttl, refreshAhead: 0.8, grace: 0 }, FETCHED_AT)).toBe(FETCHED_AT + after);
  });
});
