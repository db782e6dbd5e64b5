import { describe, expect, test } from 'vitest';
import { BudgetDeferredError, ERRORS, ForewarmError, messageOf, OriginError } from '../../src/core/errors.ts';

describe('the table of errors', () => {
  test.each(Object.entries(ERRORS))(
    '%s has a status and says what happened and what to do',
    (code, entry) => {
      expect(code).toMatch(/^E_[A-Z]+(_[A-Z]+)*$/);
      expect(entry.status).toBeGreaterThanOrEqual(400);
      expect(entry.status).toBeLessThan(600);
      expect(entry.meaning).toMatch(/^[A-Z].*\.$/);
      expect(entry.remedy).toMatch(/^.+[^ ]$/);
    },
  );

  test('gives every code a meaning of its own', () => {
    const meanings = Object.values(ERRORS).map(({ meaning }) => meaning);
    expect(new Set(meanings).size).toBe(meanings.length);
  });
});

describe('ForewarmError', () => {
  test('carries code, details and cause', () => {
    const cause = new Error('ENOENT');
    const error = new ForewarmError('E_CONFIG_NOT_FOUND', 'no file', { details: { file: 'a' }, cause });
    expect(error).toMatchObject({
      name: 'ForewarmError',
      code: 'E_CONFIG_NOT_FOUND',
      details: { file: 'a' },
    });
    expect(error.cause).toBe(cause);
  });

  test('has no cause, and empty details, when none are given', () => {
    const error = new ForewarmError('E_INTERNAL', 'odd');
    expect('cause' in error).toBe(false);
    expect(error.details).toEqual({});
  });
});

describe('OriginError', () => {
  test.each([
    ['retryable', 'E_ORIGIN_FAILED'],
    ['throttled', 'E_ORIGIN_THROTTLED'],
    ['permanent', 'E_ORIGIN_REJECTED'],
  ] as const)('that is %s has the code %s', (kind, code) => {
    const error = new OriginError(kind, 'no');
    expect(error).toBeInstanceOf(ForewarmError);
    expect(error).toMatchObject({ name: 'OriginError', class: kind, code, retryAt: undefined });
  });

  test('says until when the origin wants no calls', () => {
    expect(new OriginError('throttled', 'no', { retryAt: 5 }).retryAt).toBe(5);
  });
});

describe('BudgetDeferredError', () => {
  test('names the origin, the time and the reason', () => {
    const error = new BudgetDeferredError('markets', 1_000, 'the rate is used up');
    expect(error.message).toBe(
      'no permit at origin "markets" before 1970-01-01T00:00:01.000Z: the rate is used up',
    );
    expect(error).toMatchObject({
      code: 'E_BUDGET_DEFERRED',
      retryAt: 1_000,
      details: { origin: 'markets' },
    });
  });
});

describe('messageOf', () => {
  test.each([
    [new Error('broken'), 'broken'],
    ['a string', 'a string'],
    [undefined, 'undefined'],
    [new AggregateError([new Error('one'), 'two']), 'one; two'],
    [new AggregateError([new Error('one')], 'all of them'), 'all of them'],
  ])('of %o is %j', (thrown, message) => {
    expect(messageOf(thrown)).toBe(message);
  });
});
