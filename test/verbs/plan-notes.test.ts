/** What a plan names that is no figure: what of it decides whether the answer can be relied on. */
import { expect, test } from 'vitest';
import { type NotedParts, notesOf } from '../../src/verbs/plans/plan-notes.ts';

const NOW = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const ASKED = { by: 'ann', why: 'release' };

function notes(view: object, change: Partial<NotedParts> = {}): string[] {
  const subject = { startsAt: NOW + 26 * HOUR } as NotedParts['subject'];
  const whole = { name: 'nightly', paused: null, asked: [], nextAt: NOW + 26 * HOUR, ...view };
  return notesOf({
    ...{
      subject,
      view: whole as unknown as NotedParts['view'],
      sources: [],
      origins: [],
      shrunk: [],
      now: NOW,
    },
    ...change,
  });
}

test('a schedule that is as ever has no notes', () => {
  expect(notes({})).toEqual([]);
  expect(notes({ asked: [{ nominal: NOW + 50 * HOUR, ...ASKED }] })).toEqual([]);
});

test('a pause is named with its end and the time after it, and of what the figures are where there is none', () => {
  const paused = { since: NOW, until: null, ...ASKED };
  expect(notes({ paused, nextAt: null })).toEqual(['the figures are of a run that begins now']);
  expect(notes({ paused: { ...paused, until: NOW + HOUR } })).toEqual([
    'schedule nightly is paused until 2026-01-01T01:00:00Z, by ann: release; this is of its next time, 2026-01-02T02:00:00Z',
  ]);
});

test('a tick that is left out before the one that is planned is named', () => {
  expect(notes({ asked: [{ nominal: NOW + 2 * HOUR, ...ASKED }] })).toEqual([
    'its tick of 2026-01-01T02:00:00Z is left out, by ann: release; this is of the one after it, 2026-01-02T02:00:00Z',
  ]);
});

test('an origin that is paused, and a list that shrank, are named', () => {
  const state = { pausedUntil: NOW + HOUR, pauseReason: 'it asked for it' };
  const origins = [{ origin: 'markets', state }] as unknown as NotedParts['origins'];
  const shrunk = [{ source: 'profile', entities: ['m'], listed: 1, missing: 199, keys: 200 }];
  expect(notes({}, { origins, shrunk })).toEqual([
    'origin markets is paused until 2026-01-01T01:00:00Z: it asked for it',
    expect.stringMatching(/gives 1 key of profile: 199 of the 200 .* are not in this plan/),
  ]);
});
