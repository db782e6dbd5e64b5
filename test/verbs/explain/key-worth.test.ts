import { expect, test } from 'vitest';
import { MOST_COUNTED } from '../../../src/catalog/popularity.ts';
import { type KeyReads, keyWorth } from '../../../src/verbs/explain/key-worth.ts';
import { sourceWith } from '../../support/sources.ts';

const NOW = Date.UTC(2026, 10, 28, 12, 30);
const MINUTE = 60_000;
const since = (minutes: number, until = 0) => ({
  reports: { since: NOW - minutes * MINUTE, until: NOW - until * MINUTE, by: ['me'] },
});
const NOBODY = { reports: { since: undefined, until: undefined, by: [] } };

function worth(change: Partial<KeyReads>, ttl = 100_000) {
  const counted = { own: 0, isReported: true, size: 10, ...since(600), now: NOW };
  // It is refreshed every 80 s, unless the ttl is another one.
  const source = sourceWith({ lifetime: { ttl, refreshAhead: 0.8, grace: 0 } });
  const { verdict, sentence } = keyWorth(source, { ...counted, ...change });
  return [verdict, sentence];
}

test('reads for each refresh are a plain number, however many', () => {
  expect(worth({ own: 10_876_680 })).toEqual(['worth', 'It is read about 241,704 times for each refresh.']);
  expect(worth({ own: 90 })).toEqual(['worth', 'It is read about 2.0 times for each refresh.']);
});

test.each([
  [
    'a key that was not read in the four minutes since readers report',
    worth({ ...since(4) }),
    'Not known yet: of the last hour reads of its source were reported for 4m, since 2026-11-28T12:26:00Z; it was read 0 times in 4m.',
  ],
  [
    'one that was read once in them',
    worth({ own: 1, ...since(4) }),
    'Not known yet: of the last hour reads of its source were reported for 4m, since 2026-11-28T12:26:00Z; it was read about 1 time in 4m.',
  ],
  [
    'one whose readers stopped half an hour ago',
    worth({ ...since(600, 30) }),
    'Not known yet: of the last hour reads of its source were reported for 30m, since 2026-11-28T02:30:00Z; it was read 0 times in 30m.',
  ],
  [
    'one that nobody reports reads of',
    worth({ isReported: false, ...NOBODY }),
    'Not known: nobody reports reads of its source.',
  ],
  [
    'one of a source that nobody read while somebody counts',
    worth({ isReported: false }),
    'Not known: no read of its source was reported, since 2026-11-28T02:30:00Z.',
  ],
  [
    'one whose readers are of a version that does not say since when',
    worth({ own: 5, ...NOBODY }),
    'Not known: since when reads of its source are reported is not known.',
  ],
  [
    'one of too many keys',
    worth({ size: MOST_COUNTED + 1 }),
    'Not known: no read of it was reported, and its source has more keys than reads are counted of.',
  ],
  [
    'one that is refreshed seldom',
    worth({}, 100 * 3_600_000),
    'Not known: no read of it was reported in the last hour, which says little of what is refreshed every 3d8h.',
  ],
])('nothing is concluded of %s, and why is said', (_, told, sentence) => {
  expect(told).toEqual(['untold', sentence]);
});

test('a short look tells what was read in it, and does not make an hour of it', () => {
  expect(worth({ own: 12, ...since(4) })).toEqual([
    'worth',
    'It was read about 12 times in 4m, and is refreshed every 1m20s.',
  ]);
});
