/** Clauses about entries. */

import { expect } from 'vitest';
import { type EntryFilter, entryPage, keyCount } from '../../src/verbs/entry-shapes.ts';
import { inspection } from '../../src/verbs/inspection-shapes.ts';
import { found } from '../support/entry-reads.ts';
import {
  expectRejection,
  pages,
  readable,
  textOf,
  UNKNOWN,
  type VerbsClauses,
  type VerbsSubject,
} from './verbs.steps.ts';

/** The keys of all pages of a list. */
function listed({ verbs }: VerbsSubject, selector: string, limit: number): Promise<string[]> {
  return pages(async (cursor) => {
    const { entries, cursor: next } = entryPage.parse(await verbs.list(selector, limit, cursor));
    return { rows: entries.map(({ key }) => key), cursor: next };
  });
}

export const entryClauses: VerbsClauses = {
  'a value comes with its head and the tier that has it': {
    async check({ verbs, keys, store }) {
      await store(keys);
      for (const offline of [false, true]) {
        const value = found(await verbs.get(keys[1] ?? '', offline));
        expect(textOf(value?.body)).toBe(JSON.stringify(keys[1]));
        expect(value?.tier).toBe('memory');
        expect(value?.head).toMatchObject({ key: keys[1], source: 'profile', freshness: 'fresh' });
      }
    },
    lie: ({ verbs, keys }) => ({ get: (_, offline) => verbs.get(keys[0] ?? '', offline) }),
  },

  'nothing is read under a key that is not stored': {
    async check({ verbs, keys, store }) {
      await store(keys.slice(0, 1));
      expect(await verbs.get(keys[1] ?? '', false)).toEqual({ state: 'missing' });
      expect(await verbs.get('profile:elsewhere', false)).toEqual({ state: 'missing' });
    },
    lie: ({ verbs, keys }) => ({ get: () => verbs.get(keys[0] ?? '', false) }),
  },

  'a key that fits no source is refused': {
    async check({ verbs, keys }) {
      await expectRejection(verbs.get('nowhere', false), 'E_SELECTOR_INVALID');
      await expectRejection(verbs.getMany([keys[0] ?? '', 'nowhere']), 'E_SELECTOR_INVALID');
      await expectRejection(verbs.inspect('nowhere'), 'E_SELECTOR_INVALID');
    },
    lie: () => ({ get: async () => ({ state: 'missing' }) }),
  },

  'many values are returned in the order of their keys, misses included': {
    async check({ verbs, keys: [a = '', b = '', c = ''], store }) {
      await store([a, c]);
      const values = await verbs.getMany([c, b, a, c]);
      expect(values.map((value) => found(value)?.head.key)).toEqual([c, undefined, a, c]);
      expect(textOf(found(values[2])?.body)).toBe(JSON.stringify(a));
      expect(await verbs.getMany([])).toEqual([]);
    },
    lie: ({ verbs }) => ({
      getMany: async (keys) => (await verbs.getMany(keys)).filter(({ state }) => state !== 'missing'),
    }),
  },

  'a value is served stale within its grace, and never once it is gone': {
    async check(subject) {
      const { verbs, keys, store, pass, lifetime } = subject;
      await store(keys.slice(0, 1));
      await pass(lifetime.ttl);
      expect(found(await verbs.get(keys[0] ?? '', false))?.head.freshness).toBe('stale');
      await pass(lifetime.grace);
      expect(await readable(subject)).toEqual(keys.map(() => undefined));
    },
    lie: ({ verbs, lifetime, pass }) => ({
      async get(key, offline) {
        const read = await verbs.get(key, offline);
        const value = found(read);
        await pass(lifetime.grace);
        return value === undefined
          ? read
          : { ...value, state: 'value', head: { ...value.head, freshness: 'fresh' } };
      },
    }),
  },

  'known keys are listed once each, over pages of any size': {
    async check(subject) {
      await subject.store(subject.keys);
      for (const limit of [1, 3, 10, 100])
        expect((await listed(subject, 'entities=markets', limit)).sort()).toEqual([...subject.keys].sort());
      expect(await listed(subject, `key=${subject.keys[2]}`, 5)).toEqual([subject.keys[2]]);
      expect(await listed(subject, `prefix=${subject.keys[2]}`, 5)).toEqual([subject.keys[2]]);
    },
    lie: ({ verbs }) => ({
      list: async (selector, limit, cursor) => ({
        ...(await verbs.list(selector, limit, cursor)),
        cursor: null,
      }),
    }),
  },

  'keys that a list leaves are in the state that was asked for, and are the ones that it has without': {
    async check({ verbs, keys, store, lifetime, pass }) {
      await store(keys.slice(0, 2));
      await pass(lifetime.ttl);
      await store(keys.slice(2, 5));
      const states = async (state: EntryFilter['state']) =>
        (await verbs.list('entities=markets', 100, undefined, { state })).entries.map(({ key }) => key);
      expect((await states('warm')).toSorted()).toEqual(keys.slice(2, 5).toSorted());
      expect((await states('stale')).toSorted()).toEqual(keys.slice(0, 2).toSorted());
      expect((await states('missing')).toSorted()).toEqual(keys.slice(5).toSorted());
    },
    lie: ({ verbs }) => ({ list: (selector, limit, cursor) => verbs.list(selector, limit, cursor) }),
  },

  'as many keys are counted as are listed, and no count says more than it knows': {
    async check(subject) {
      const { verbs, keys, store } = subject;
      await store(keys.slice(0, 3));
      for (const selector of ['', 'source=profile', 'entities=markets', `prefix=${keys[0]}`, 'age>1h']) {
        const { keys: counted, exactness } = keyCount.parse(await verbs.count(selector));
        expect([selector, counted, exactness]).toEqual([
          selector,
          (await listed(subject, selector, 100)).length,
          'exact',
        ]);
      }
      await expectRejection(verbs.count('source=nowhere'), 'E_SELECTOR_INVALID');
    },
    lie: ({ verbs }) => ({ count: () => verbs.count('') }),
  },

  'a page of a list is as long as it is asked to be, and says where the next one begins': {
    async check({ verbs, keys, store }) {
      await store(keys);
      for (const selector of ['', 'source=profile', 'entities=markets', 'prefix=profile:']) {
        const first = await verbs.list(selector, 2, undefined);
        expect([selector, first.entries.length, first.cursor === null]).toEqual([selector, 2, false]);
        const second = await verbs.list(selector, 3, first.cursor ?? '');
        const seen = [...first.entries, ...second.entries].map(({ key }) => key);
        expect(new Set(seen).size).toBe(5);
      }
    },
    lie: ({ verbs }) => ({ list: (selector, limit, cursor) => verbs.list(selector, limit + 1, cursor) }),
  },

  'keys that are only expected are listed where their entity set is named': {
    async check(subject) {
      const { keys, store } = subject;
      await store(keys.slice(0, 3));
      expect((await listed(subject, 'source=profile', 5)).sort()).toEqual(keys.slice(0, 3));
      expect((await listed(subject, 'entities=markets', 5)).sort()).toEqual([...keys].sort());
    },
    lie: ({ verbs }) => ({
      list: (selector, limit, cursor) =>
        verbs.list(selector === 'source=profile' ? 'entities=markets' : selector, limit, cursor),
    }),
  },

  'a listed key says how fresh it is, and that it is missing when nothing servable is stored': {
    async check({ verbs, keys, store, pass, lifetime }) {
      await store(keys.slice(0, 1));
      const freshness = async () => (await verbs.list(`key=${keys[0]}`, 1, undefined)).entries[0]?.freshness;
      expect(await freshness()).toBe('fresh');
      await pass(lifetime.ttl + lifetime.grace);
      expect(await freshness()).toBeNull();
      expect((await verbs.list(`key=${keys[0]}`, 1, undefined)).entries[0]?.state).toBe('missing');
    },
    lie: ({ verbs }) => ({
      async list(selector, limit, cursor) {
        const { entries, ...page } = await verbs.list(selector, limit, cursor);
        return { ...page, entries: entries.map((entry) => ({ ...entry, freshness: 'fresh' })) };
      },
    }),
  },

  'a list of what nothing provides is refused, and so is a cursor that no page returned': {
    async check({ verbs }) {
      for (const selector of UNKNOWN)
        await expectRejection(verbs.list(selector, 10, undefined), 'E_SELECTOR_INVALID');
      for (const cursor of [
        'nonsense',
        'profile|99999999999999999999',
        'profile|-1',
        'profile|0|%zz',
        'profile|0||',
        '',
      ])
        await expectRejection(verbs.list('', 10, cursor), 'E_REQUEST_INVALID');
      await expectRejection(verbs.list('entities=markets', 10, 'nonsense'), 'E_REQUEST_INVALID');
    },
    lie: ({ verbs }) => ({ list: (selector, limit) => verbs.list(selector, limit, undefined) }),
  },

  'an inspection shows a key in every tier, whether it is known, and its params': {
    async check({ verbs, keys, store }) {
      await store(keys.slice(0, 1));
      const known = inspection.parse(await verbs.inspect(keys[0] ?? ''));
      expect(known).toMatchObject({ key: keys[0], state: 'value', source: 'profile', catalogued: true });
      expect(known.params).toEqual({ market: keys[0]?.slice('profile:'.length) });
      for (const { head, error } of known.tiers) {
        expect(error).toBeNull();
        expect(head).toMatchObject({ key: keys[0], freshness: 'fresh' });
      }
      const unknown = await verbs.inspect('profile:elsewhere');
      expect(unknown).toMatchObject({ state: 'missing', catalogued: false, dueAt: null });
      expect(unknown.tiers.map(({ head }) => head)).toEqual(unknown.tiers.map(() => null));
    },
    lie: ({ verbs }) => ({ inspect: async (key) => ({ ...(await verbs.inspect(key)), catalogued: true }) }),
  },
};
