/** What every store of dead letters must do, and for each clause one that does not. */
import { expect } from 'vitest';
import type { DeadLetter, DeadLetters, LostKey } from '../../src/catalog/dead-letters.ts';
import { liar } from './liar.ts';
import { apart, type ClausesWithLiars } from './suite.ts';

export function lostKey(key: string, at: number, rest: Partial<LostKey> = {}): LostKey {
  return { source: 'quote', key, run: undefined, reason: 'status 500', at, attempts: 3, ...rest };
}

const deadLettersClauses: ClausesWithLiars<DeadLetters> = {
  'lists the newest first, up to the limit': {
    async check(deadLetters) {
      await deadLetters.add([lostKey('c', 30), lostKey('a', 10), lostKey('b', 20)]);
      expect((await deadLetters.list(2)).map(({ key }) => key)).toEqual(['c', 'b']);
      expect(await deadLetters.list(0)).toEqual([]);
    },
    lie: (honest) => liar(honest, { list: async (limit) => (await honest.list(limit)).toReversed() }),
  },

  'lists what comes after a place, page by page, however many are as old': {
    async check(deadLetters) {
      await deadLetters.add(['a', 'b', 'c', 'd', 'e'].map((key) => lostKey(key, key === 'e' ? 5 : 10)));
      const all = await deadLetters.list(10);
      for (const [i, letter] of all.entries())
        expect(await deadLetters.list(2, letter)).toEqual(all.slice(i + 1, i + 3));
      // A place stays one when what stood there is gone.
      await deadLetters.remove(all.slice(1, 2));
      expect(await deadLetters.list(10, all[1])).toEqual(all.slice(2));
    },
    lie: (honest) =>
      liar(honest, {
        list: async (limit, after) =>
          (await honest.list(100)).filter(({ at }) => after === undefined || at < after.at).slice(0, limit),
      }),
  },

  'returns what was added, with an id of letters, digits, "-" and "_"': {
    async check(deadLetters) {
      const lost = lostKey('b "c"', 20, { run: 'r1', reason: 'a | bar,\na line and "quotes"' });
      await deadLetters.add([lost, lostKey('a', 10)]);
      const [b, a] = await deadLetters.list(2);
      expect(b).toEqual({ ...lost, id: expect.stringMatching(/^[\w-]+$/) });
      expect(a?.run).toBeUndefined();
    },
    lie: (honest) =>
      liar(honest, {
        list: async (limit) =>
          (await honest.list(limit)).map((letter) => ({
            ...letter,
            reason: letter.reason.split('|')[0] ?? '',
          })),
      }),
  },

  'counts all of them, also those that are not listed': {
    async check(deadLetters) {
      expect(await deadLetters.total()).toBe(0);
      await deadLetters.add([lostKey('a', 10), lostKey('b', 20), lostKey('c', 30)]);
      await deadLetters.list(1);
      expect(await deadLetters.total()).toBe(3);
    },
    lie: (honest) => liar(honest, { total: async () => (await honest.list(2)).length }),
  },

  'keeps one for a key of a source, always with the same id': {
    async check(deadLetters) {
      await deadLetters.add([lostKey('a', 10), lostKey('a', 11, { source: 'profile' })]);
      const before = (await deadLetters.list(10)).map(({ id }) => id).toSorted();
      await deadLetters.add([lostKey('a', 20)]);
      const after = (await deadLetters.list(10)).map(({ id }) => id).toSorted();
      expect(after).toEqual(before);
      expect(new Set(after).size).toBe(2);
    },
    lie: (honest) =>
      liar(honest, {
        list: async (limit) =>
          (await honest.list(limit)).map((letter) => ({ ...letter, id: `${letter.id}${letter.at}` })),
      }),
  },

  'has the latest reason of a key and all its attempts': {
    async check(deadLetters) {
      await deadLetters.add([lostKey('a', 10)]);
      await deadLetters.add([lostKey('a', 20, { reason: 'status 404', attempts: 2 })]);
      expect(await deadLetters.list(1)).toMatchObject([{ reason: 'status 404', at: 20, attempts: 5 }]);
    },
    lie: (honest) =>
      liar(honest, {
        async add(lost) {
          await honest.remove(await honest.list(10));
          await honest.add(lost);
        },
      }),
  },

  'counts the attempts once though a dead letter is added twice': {
    async check(deadLetters) {
      await deadLetters.add([lostKey('a', 10)]);
      await deadLetters.add([lostKey('a', 10)]);
      expect(await deadLetters.list(10)).toMatchObject([{ attempts: 3 }]);
    },
    lie(honest) {
      let told = 0;
      return liar(honest, {
        add(lost) {
          told += 1;
          return honest.add(lost.map((each) => ({ ...each, at: each.at + told })));
        },
      });
    },
  },

  'gives those of these ids, each once, and leaves out what is not there': {
    async check(deadLetters) {
      await deadLetters.add([lostKey('a', 10), lostKey('b', 20)]);
      const [, a] = await deadLetters.list(10);
      const id = a?.id ?? '';
      expect(await deadLetters.get([id, 'unknown', id])).toEqual([a]);
      expect(await deadLetters.get([])).toEqual([]);
      expect(await deadLetters.total()).toBe(2);
    },
    lie: (honest) =>
      liar(honest, {
        async get(ids) {
          const found = await honest.get(ids);
          await honest.remove(found);
          return found;
        },
      }),
  },

  'removes those that it is given, and leaves the others': {
    async check(deadLetters) {
      await deadLetters.add([lostKey('a', 10), lostKey('b', 20)]);
      const [b, a] = await deadLetters.list(10);
      for (const letters of [[a], [a], []] as DeadLetter[][]) {
        await deadLetters.remove(letters);
        expect(await deadLetters.list(10)).toEqual([b]);
        expect(await deadLetters.total()).toBe(1);
      }
    },
    lie: (honest) => liar(honest, { remove: async () => honest.remove(await honest.list(10)) }),
  },

  'does not remove one whose key has failed again since it was read': {
    async check(deadLetters) {
      await deadLetters.add([lostKey('a', 10)]);
      const read = await deadLetters.list(1);
      await deadLetters.add([lostKey('a', 20)]);
      await deadLetters.remove(read);
      expect(await deadLetters.list(10)).toMatchObject([{ at: 20, attempts: 6 }]);
    },
    lie: (honest) =>
      liar(honest, { remove: async (read) => honest.remove(await honest.get(read.map(({ id }) => id))) }),
  },
};

export const { clauses: DEAD_LETTERS_CLAUSES, liars: DEAD_LETTERS_LIARS } = apart(deadLettersClauses);
