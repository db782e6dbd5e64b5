import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  expired,
  freshnessAt,
  isGone,
  isMadeStale,
  isServable,
  isWarm,
  type Lifetime,
  servableAt,
  timeOf,
  timesFrom,
} from '../../src/core/freshness.ts';
import { entryOf, FETCHED_AT } from '../support/entries.ts';

const LIFETIME: Lifetime = { ttl: 1_000, refreshAhead: 0.8, grace: 500 };

describe('freshness', () => {
  test.each([
    [0, 'fresh', true],
    [799, 'fresh', true],
    [800, 'due', true],
    [999, 'due', true],
    [1_000, 'stale', false],
    [1_499, 'stale', false],
    [1_500, 'gone', false],
    [1e12, 'gone', false],
  ] as const)('is, %d ms after the fetch: %s', (age, freshness, warm) => {
    const found = freshnessAt(timesFrom(LIFETIME, 5_000), 5_000 + age);
    expect(found).toBe(freshness);
    expect(isWarm(found)).toBe(warm);
  });

  test('moves only from fresh to due to stale to gone', () => {
    const lifetime = fc.record({
      ttl: fc.nat(1e9),
      refreshAhead: fc.double({ min: 0, max: 1, noNaN: true }),
      grace: fc.nat(1e9),
    });
    const order = ['fresh', 'due', 'stale', 'gone'];
    fc.assert(
      fc.property(lifetime, fc.nat(2e9), fc.nat(2e9), (lifetime, one, other) => {
        const times = timesFrom(lifetime, 1e12);
        const [earlier, later] = [one, other]
          .sort((a, b) => a - b)
          .map((age) => freshnessAt(times, 1e12 + age));
        expect(order.indexOf(earlier ?? '')).toBeLessThanOrEqual(order.indexOf(later ?? ''));
      }),
    );
  });

  test('counts from the confirmation, and keeps when the body was fetched', () => {
    expect(timesFrom(LIFETIME, 9_000, { fetchedAt: 2_000 })).toEqual({
      fetchedAt: 2_000,
      checkedAt: 9_000,
      dueAt: 9_800,
      staleAt: 10_000,
      goneAt: 10_500,
    });
  });

  test('that are shortened are due and stale earlier, and gone at the same time', () => {
    expect(timesFrom(LIFETIME, 9_000, { shortened: 0.1 })).toMatchObject({
      dueAt: 9_720,
      staleAt: 9_900,
      goneAt: 10_500,
    });
  });

  test('of what is made stale is past its ttl, and distinct from what went stale with time', () => {
    const times = timesFrom(LIFETIME, 9_000, { fetchedAt: 2_000 });
    expect(freshnessAt(expired(times), 9_000)).toBe('stale');
    expect([times, expired(times), expired(expired(times))].map(isMadeStale)).toEqual([false, true, true]);
  });

  test('a stamp is read as the millisecond in which the fetch began', () => {
    expect(timeOf(1_767_225_600_123_999)).toBe(1_767_225_600_123);
  });

  test('has no grace period where none is configured', () => {
    const times = timesFrom({ ttl: 10, refreshAhead: 1, grace: 0 }, 0);
    expect([9, 10].map((now) => freshnessAt(times, now))).toEqual(['fresh', 'gone']);
  });
});

describe('what a reader may be given', () => {
  const { head } = entryOf('profile:1', '{}');

  test.each([
    ['a stale value', head, FETCHED_AT + 599_999, 'stale'],
    ['a remembered absence', { ...head, kind: 'absent' }, FETCHED_AT, 'fresh'],
    ['a value that is gone', head, FETCHED_AT + 600_000, 'gone'],
    ['a tombstone', { ...head, kind: 'dropped' }, FETCHED_AT, 'gone'],
    ['nothing at all', undefined, FETCHED_AT, 'gone'],
  ] as const)('of %s is judged', (_, stored, now, freshness) => {
    expect(servableAt(stored, now)).toBe(freshness);
    expect(isServable(stored, now)).toBe(freshness !== 'gone');
  });

  test('does not decide whether a tombstone may be removed: it stays until it is gone', () => {
    const tombstone = { ...head, kind: 'dropped' } as const;
    expect([599_999, 600_000].map((age) => isGone(tombstone, FETCHED_AT + age))).toEqual([false, true]);
  });
});
