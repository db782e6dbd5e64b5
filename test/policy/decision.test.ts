import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Head } from '../../src/core/entry.ts';
import { freshnessAt } from '../../src/core/freshness.ts';
import {
  type Decision,
  decide,
  dueAfterFailure,
  WARM_REASONS,
  type WarmOptions,
  type WarmReason,
} from '../../src/policy/decision.ts';
import { entryOf, FETCHED_AT, tombstoneOf } from '../support/entries.ts';

const value = (head: Partial<Head> = {}) => entryOf('profile:a', '{}', head).head;
const TOMBSTONE = tombstoneOf('profile:a', 1).head;

/** What can be stored, and when it is looked at. `value` is due at +80 s, stale at +100 s, gone at +600 s. */
const STORED = {
  nothing: [undefined, 0],
  'a tombstone': [TOMBSTONE, 10_000],
  'a fresh value': [value(), 10_000],
  'a fresh absence': [value({ kind: 'absent' }), 10_000],
  'a due value': [value(), 90_000],
  'a stale value': [value(), 200_000],
  'a gone value': [value(), 700_000],
} as const satisfies Record<string, readonly [Head | undefined, number]>;
type Stored = keyof typeof STORED;

const UNLESS_FRESH: Readonly<Record<Stored, Decision>> = {
  nothing: 'fetch',
  'a tombstone': 'fetch',
  'a fresh value': 'already-warm',
  'a fresh absence': 'absent',
  'a due value': 'fetch',
  'a stale value': 'fetch',
  'a gone value': 'fetch',
};
const ALWAYS = Object.fromEntries(Object.keys(STORED).map((name) => [name, 'fetch' as const]));

const EXPECTED: Readonly<Record<WarmReason, Readonly<Record<string, Decision>>>> = {
  due: UNLESS_FRESH,
  read: UNLESS_FRESH,
  run: UNLESS_FRESH,
  missing: { ...UNLESS_FRESH, 'a due value': 'already-warm', 'a stale value': 'excluded' },
  ahead: ALWAYS,
  force: ALWAYS,
};

const CASES = WARM_REASONS.flatMap((reason) =>
  Object.entries(STORED).map(([stored, [head, age]]) => ({ reason, stored, head, now: FETCHED_AT + age })),
);

describe('a key', () => {
  test.each(CASES)(
    'wanted for the reason "$reason" where there is $stored',
    ({ reason, stored, head, now }) => {
      expect(decide(head, now, { reason, since: 0 })).toBe(EXPECTED[reason][stored]);
    },
  );

  test.each(WARM_REASONS)('that this work fetched has ended, wanted for the reason "%s"', (reason) => {
    const now = FETCHED_AT + 10_000;
    expect(decide(value(), now, { reason, since: FETCHED_AT })).toBe('warmed');
    const confirmed = value({ fetchedAt: FETCHED_AT - 50_000 });
    expect(decide(confirmed, now, { reason, since: FETCHED_AT })).toBe('unchanged');
    const absence = value({ kind: 'absent' });
    expect(decide(absence, now, { reason, since: FETCHED_AT })).toBe('absent');
  });

  test('that was fetched before this work began is not its doing', () => {
    expect(decide(value(), FETCHED_AT, { reason: 'force', since: FETCHED_AT + 1 })).toBe('fetch');
  });

  test('that this work dropped is fetched', () => {
    expect(decide(TOMBSTONE, FETCHED_AT, { reason: 'run', since: 1 })).toBe('fetch');
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
const wanted = fc.record({
  reason: fc.constantFrom(...WARM_REASONS),
  since: fc.oneof(fc.constant(0), nows),
});

type Decide = typeof decide;

const ALWAYS_FETCHED: readonly WarmReason[] = ['ahead', 'force'];

/** What must hold of any way to decide, for any head, time and reason. */
const laws: Readonly<Record<string, { holds: Parameters<typeof law>[0]; liar: Decide }>> = {
  'what is fresh is fetched only when somebody asks for more': {
    holds: ({ head, now, options }, taken) =>
      freshnessAt(head, now) !== 'fresh' ||
      head.kind === 'dropped' ||
      ALWAYS_FETCHED.includes(options.reason) ||
      taken !== 'fetch',
    liar: (head, now, options) => (options.reason === 'missing' ? decide(head, now, options) : 'fetch'),
  },
  'what this work has done is never fetched again while it is fresh': {
    holds: ({ head, now, options }, taken) =>
      options.since === 0 ||
      head.checkedAt < options.since ||
      head.kind === 'dropped' ||
      freshnessAt(head, now) !== 'fresh' ||
      taken !== 'fetch',
    liar: (head, now, options) => decide(head, now, { ...options, since: 0 }),
  },
  'a tombstone is always fetched': {
    holds: ({ head }, taken) => head.kind !== 'dropped' || taken === 'fetch',
    liar: (head, now, options) => decide(head && { ...head, kind: 'value' }, now, options),
  },
  'what is gone is always fetched': {
    holds: ({ head, now }, taken) => freshnessAt(head, now) !== 'gone' || taken === 'fetch',
    liar: (_, __, { reason }) => (reason === 'missing' ? 'already-warm' : 'fetch'),
  },
  'for the reason "missing", nothing that can be served is fetched': {
    holds: ({ head, now, options }, taken) =>
      options.reason !== 'missing' ||
      head.kind === 'dropped' ||
      freshnessAt(head, now) === 'gone' ||
      taken !== 'fetch',
    liar: (head, now, options) => decide(head, now, { ...options, reason: 'run' }),
  },
  'what is stale is never called warm': {
    holds: ({ head, now }, taken) =>
      freshnessAt(head, now) !== 'stale' || taken === 'fetch' || taken === 'excluded',
    liar: (head, now, options) =>
      options.reason === 'missing' ? 'already-warm' : decide(head, now, options),
  },
};

interface Case {
  readonly head: Head;
  readonly now: number;
  readonly options: WarmOptions;
}

/** A liar is wrong for one input in a hundred, for some laws; the first such input ends the search. */
const INPUTS_FOR_A_LIAR = 10_000;

function law(holds: (given: Case, taken: Decision) => boolean, subject: Decide, numRuns = 500): void {
  fc.assert(
    fc.property(heads, nows, wanted, (head, now, options) =>
      holds({ head, now, options }, subject(head, now, options)),
    ),
    { numRuns },
  );
}

describe('for any head, time and reason', () => {
  for (const [sentence, { holds, liar }] of Object.entries(laws)) {
    test(sentence, () => law(holds, decide));
    test(`a decision that breaks it is caught: ${sentence}`, () => {
      expect(() => law(holds, liar, INPUTS_FOR_A_LIAR)).toThrow(/Property failed/);
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
