/** What every record of attempts that did not succeed must do, and for each clause one that does not. */
import { expect } from 'vitest';
import type { Attempts, FailedAttempt } from '../../src/catalog/attempts.ts';
import { liar } from './liar.ts';
import { apart, type ClausesWithLiars } from './suite.ts';

const attempt = (at: number, change: Partial<FailedAttempt> = {}): FailedAttempt => ({
  ...{ key: 'quote:1', outcome: 'failed', reason: `answered ${at}`, at, run: undefined, ...change },
});

const attemptsClauses: ClausesWithLiars<Attempts> = {
  'returns the attempts at a key as they were noted, the newest first': {
    async check(attempts) {
      const noted = [
        attempt(10, { run: 'nightly-1', reason: 'a|b "c"' }),
        attempt(30, { outcome: 'refused' }),
        attempt(20),
      ];
      for (const each of noted) await attempts.note('quote', [each]);
      await attempts.note('quote', []);
      expect(await attempts.of('quote', 'quote:1')).toEqual([noted[1], noted[2], noted[0]]);
    },
    lie: (honest) => liar(honest, { of: async (...asked) => (await honest.of(...asked)).toReversed() }),
  },

  'keeps keys and sources apart, also those that are noted together': {
    async check(attempts) {
      await attempts.note('quote', [attempt(10), attempt(10, { key: 'quote:2', reason: 'other' })]);
      expect(await attempts.of('quote', 'quote:1')).toEqual([attempt(10)]);
      expect(await attempts.of('quote', 'quote:3')).toEqual([]);
      expect(await attempts.of('profile', 'quote:1')).toEqual([]);
    },
    lie: (honest) => liar(honest, { of: (_, key) => honest.of('quote', key) }),
  },

  'takes the same attempt once, however often it is reported': {
    async check(attempts) {
      for (let n = 0; n < 3; n += 1) await attempts.note('quote', [attempt(10), attempt(20)]);
      await attempts.note('quote', [attempt(10, { run: 'r' })]);
      const found = await attempts.of('quote', 'quote:1');
      expect(found.map(({ at, run }) => [at, run])).toEqual([
        [20, undefined],
        [10, 'r'],
        [10, undefined],
      ]);
    },
    lie: (honest) => {
      let more = 0;
      const note: Attempts['note'] = (source, noted) => {
        more += 0.5;
        return honest.note(
          source,
          noted.map((each) => ({ ...each, at: each.at + more })),
        );
      };
      return liar(honest, { note });
    },
  },

  'returns of several keys, in order, the last attempt that was for a run': {
    async check(attempts) {
      const [first, last] = [attempt(10, { run: 'a' }), attempt(20, { run: 'a' })];
      const other = attempt(15, { run: 'a', key: 'quote:2' });
      await attempts.note('quote', [first, last, attempt(30, { run: 'b' }), other]);
      expect(await attempts.ofRun('quote', ['quote:2', 'quote:3', 'quote:1'], 'a')).toEqual([
        other,
        undefined,
        last,
      ]);
    },
    lie: (honest) =>
      liar(honest, {
        ofRun: async (source, keys) =>
          Promise.all(keys.map(async (key) => (await honest.of(source, key))[0])),
      }),
  },

  'keeps the latest few of a key': {
    async check(attempts) {
      for (let at = 1; at <= 30; at += 1) await attempts.note('quote', [attempt(at)]);
      const found = await attempts.of('quote', 'quote:1');
      expect(found.length).toBeGreaterThan(2);
      expect(found.length).toBeLessThan(10);
      expect(found[0]).toEqual(attempt(30));
    },
    lie: (honest) => {
      const all: FailedAttempt[] = [];
      return liar(honest, {
        note: async (_, noted) => void all.unshift(...noted),
        of: async () => all,
      });
    },
  },
};

export const { clauses: ATTEMPTS_CLAUSES, liars: ATTEMPTS_LIARS } = apart(attemptsClauses);
