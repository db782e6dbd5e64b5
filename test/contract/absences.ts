/** What every store of absences must do, and for each clause one that does not. */
import { expect } from 'vitest';
import { type Absences, RECENT_MS, REMEMBERED_MS } from '../../src/catalog/absences.ts';
import { liar } from './liar.ts';
import { apart, type ClausesWithLiars } from './suite.ts';

const AT = 1_767_225_600_000;
const A = { key: 'quote:a b', stamp: 1_767_225_600_000_000 };
const B = { key: 'quote:b', stamp: 1_767_225_600_000_001 };

const absencesClauses: ClausesWithLiars<Absences> = {
  'tells when it was said first, however often it is said again': {
    async check(absences) {
      expect(await absences.look('quote', [A], AT)).toMatchObject({ saidAt: [AT] });
      expect(await absences.look('quote', [B, A], AT + 5)).toMatchObject({ saidAt: [AT + 5, AT] });
    },
    lie: (honest) =>
      liar(honest, {
        look: async (source, vanished, now) => ({
          ...(await honest.look(source, vanished, now)),
          saidAt: vanished.map(() => now),
        }),
      }),
  },

  'takes another value of the key for another': {
    async check(absences) {
      await absences.look('quote', [A], AT);
      const newer = { ...A, stamp: A.stamp + 1 };
      expect(await absences.look('quote', [newer], AT + 5)).toMatchObject({ saidAt: [AT + 5], recent: 2 });
    },
    lie: (honest) =>
      liar(honest, {
        look: (source, vanished, now) =>
          honest.look(
            source,
            vanished.map(({ key }) => ({ key, stamp: 1 })),
            now,
          ),
      }),
  },

  'counts what was said lately, each value once, by source': {
    async check(absences) {
      await absences.look('quote', [A, B], AT);
      await absences.look('quote', [A], AT + 1);
      expect(await absences.look('quote', [A], AT + 2)).toMatchObject({ recent: 2 });
      expect(await absences.look('profile', [A], AT + 2)).toMatchObject({ recent: 1, saidAt: [AT + 2] });
      expect(await absences.look('quote', [A], AT + RECENT_MS + 1)).toMatchObject({
        recent: 0,
        saidAt: [AT],
      });
    },
    lie: (honest) => liar(honest, { look: (_, vanished, now) => honest.look('one', vanished, now) }),
  },

  'tells when keys without a value were left out first, apart from values that vanished': {
    async check(absences) {
      expect(await absences.leftOut('quote', ['quote:a b', 'quote:b'], AT)).toEqual([AT, AT]);
      expect(await absences.leftOut('quote', ['quote:c', 'quote:b'], AT + 5)).toEqual([AT + 5, AT]);
      expect(await absences.leftOut('profile', ['quote:b'], AT + 5)).toEqual([AT + 5]);
      expect(await absences.look('quote', [A], AT + 5)).toMatchObject({ saidAt: [AT + 5], recent: 1 });
    },
    lie: (honest) =>
      liar(honest, {
        leftOut: async (source, keys, now) => {
          const values = keys.map((key) => ({ key, stamp: A.stamp }));
          return (await honest.look(source, values, now)).saidAt;
        },
      }),
  },

  'forgets what was said long ago': {
    async check(absences) {
      await absences.look('quote', [A], AT);
      const now = AT + REMEMBERED_MS + 1;
      expect(await absences.look('quote', [A], now)).toMatchObject({ saidAt: [now], recent: 1 });
    },
    lie: (honest) =>
      liar(honest, { look: (source, vanished) => honest.look(source, vanished, AT + REMEMBERED_MS - 1) }),
  },

  'takes thousands at once': {
    async check(absences) {
      const many = Array.from({ length: 3_000 }, (_, i) => ({ key: `quote:${i}`, stamp: i }));
      const { saidAt, recent } = await absences.look('quote', many, AT);
      expect([saidAt.length, recent]).toEqual([3_000, 3_000]);
    },
    lie: (honest) =>
      liar(honest, {
        look: (source, vanished, now) => honest.look(source, vanished.slice(0, 1_000), now),
      }),
  },
};

export const { clauses: ABSENCES_CLAUSES, liars: ABSENCES_LIARS } = apart(absencesClauses);
