import { expect, test } from 'vitest';
import { endOfRange, timeFor } from '../../src/verbs/schedules/local-times.ts';

const DENVER = { rule: { timezone: 'America/Denver' } };
const PLAIN = { rule: {} };

const of = (...given: Parameters<typeof timeFor>) => new Date(timeFor(...given)).toISOString();

test('a time without a zone is of the schedule that it is for', () => {
  expect(of('2027-01-04T06:00', [DENVER])).toBe('2027-01-04T13:00:00.000Z');
  expect(of('2027-01-04T06:00', [PLAIN])).toBe('2027-01-04T06:00:00.000Z');
  expect(of('2027-01-04T06:00Z', [DENVER])).toBe('2027-01-04T06:00:00.000Z');
  expect(of(Date.UTC(2027, 0, 4, 6), [DENVER])).toBe('2027-01-04T06:00:00.000Z');
  // In a gap the first instant after it, and of two the first, as in the configuration.
  expect(of('2027-03-14T02:30', [DENVER])).toBe('2027-03-14T09:00:00.000Z');
  expect(of('2027-11-07T01:30', [DENVER])).toBe('2027-11-07T07:30:00.000Z');
});

test('a day is its beginning, or its end, in the zone of the schedule', () => {
  expect(of('2027-03-14', [DENVER])).toBe('2027-03-14T07:00:00.000Z');
  expect(of('2027-03-14', [DENVER], 'end')).toBe('2027-03-15T05:59:59.999Z');
});

test('a time without a zone for schedules of several zones is refused, and says which they are', () => {
  expect(of('2027-01-04T06:00', [DENVER, DENVER])).toBe('2027-01-04T13:00:00.000Z');
  expect(of('2027-01-04T06:00+01:00', [DENVER, PLAIN])).toBe('2027-01-04T05:00:00.000Z');
  expect(() => of('2027-01-04T06:00', [DENVER, PLAIN])).toThrow(
    /^2027-01-04T06:00 names no time zone, .*: America\/Denver, UTC; write one/,
  );
  expect(() => of('2027-01-04', [DENVER, PLAIN])).toThrow(/^2027-01-04 names no time zone/);
});

test('text that is no time is refused, and quoted', () => {
  for (const text of ['soon', '2027-02-30', '2027-01-04T06', '1796000000000']) {
    expect(() => timeFor(text, [DENVER])).toThrow(`"${text}" is not a time; write ISO 8601`);
  }
});

test('a range of the past reaches until now, or to the end of a day, or as much of it as has passed', () => {
  const now = Date.parse('2027-01-04T12:00:00Z');
  expect(endOfRange(null, DENVER, now)).toBe(now);
  expect(endOfRange('2027-01-03', DENVER, now)).toBe(Date.parse('2027-01-04T06:59:59.999Z'));
  expect(endOfRange('2027-01-04', DENVER, now)).toBe(now);
  // What is in the future is for the caller to refuse.
  expect(endOfRange('2027-01-05', DENVER, now)).toBe(Date.parse('2027-01-05T07:00:00Z'));
  expect(endOfRange(now + 1, DENVER, now)).toBe(now + 1);
});
