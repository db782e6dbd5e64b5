/** What every catalog must do, and for each clause a catalog that does not. */
import { expect } from 'vitest';
import { type Catalog, type CatalogRecord, QUARANTINE } from '../../src/catalog/catalog.ts';
import { liar } from './liar.ts';
import { apart, type ClausesWithLiars } from './suite.ts';

const FAILED = { outcome: 'failed', reason: 'connection reset', at: 40 } as const;

const catalogClauses: ClausesWithLiars<Catalog> = {
  'says how many expected keys are new and leaves the due time of known ones alone': {
    async check(catalog) {
      expect(await catalog.track('quote', ['a', 'b'], 10)).toBe(2);
      expect(await catalog.track('quote', ['b', 'c'], 99)).toBe(1);
      expect(await dueTimes(catalog)).toEqual({ a: 10, b: 10, c: 99 });
      expect(await catalog.track('quote', [], 10)).toBe(0);
    },
    lie: (honest) =>
      liar(honest, {
        async track(source, keys, dueAt) {
          const added = await honest.track(source, keys, dueAt);
          await honest.reschedule(source, keys, dueAt);
          return added;
        },
      }),
  },

  'keeps what was named until the latest time that was given, and forgets that with the key': {
    async check(catalog) {
      await catalog.track('quote', ['a', 'b', 'c'], 10);
      await catalog.keep('quote', ['a', 'b'], 500);
      await catalog.keep('quote', ['b'], 300);
      await catalog.keep('quote', ['a'], 900);
      await catalog.keep('quote', [], 900);
      const kept = async () =>
        (await catalog.get('quote', ['a', 'b', 'c'])).map((record) => record?.keptUntil);
      expect(await kept()).toEqual([900, 500, undefined]);
      const { records } = await catalog.scan('quote', undefined, 10);
      expect(records.find(({ key }) => key === 'a')?.keptUntil).toBe(900);
      await catalog.forget('quote', ['a']);
      await catalog.track('quote', ['a'], 10);
      expect(await kept()).toEqual([undefined, 500, undefined]);
    },
    lie: (honest) => liar(honest, { keep: async (source, keys) => honest.keep(source, keys, 500) }),
  },

  'gives the keys that are due, earliest first, up to the limit': {
    async check(catalog) {
      await catalog.track('quote', ['late'], 101);
      await catalog.track('quote', ['second'], 60);
      await catalog.track('quote', ['third'], 100);
      await catalog.track('quote', ['first'], 50);
      expect(await catalog.claim('quote', 100, 200, 2)).toEqual(['first', 'second']);
      expect(await catalog.claim('quote', 100, 200, 2)).toEqual(['third']);
      expect(await catalog.claim('quote', 100, 200, 0)).toEqual([]);
      expect(await catalog.claim('unknown', 100, 200, 2)).toEqual([]);
    },
    lie: (honest) =>
      liar(honest, {
        claim: async (...request) => (await honest.claim(...request)).reverse(),
      }),
  },

  'gives a due key to one claimer only': {
    async check(catalog) {
      const keys = Array.from({ length: 200 }, (_, i) => `key:${i}`);
      await catalog.track('quote', keys, 10);
      const claims = await Promise.all(Array.from({ length: 5 }, () => catalog.claim('quote', 10, 20, 50)));
      expect(claims.flat().sort()).toEqual(keys.sort().slice(0, 200));
    },
    lie: (honest) =>
      liar(honest, {
        async claim(source, now, until, limit) {
          const { records } = await honest.scan(source, undefined, 10_000);
          const keys = records.filter(({ dueAt }) => dueAt <= now).map(({ key }) => key);
          await honest.reschedule(source, keys.slice(0, limit), until);
          return keys.slice(0, limit);
        },
      }),
  },

  'makes a claimed key due again when nobody settles it': {
    async check(catalog) {
      await catalog.track('quote', ['a'], 10);
      await catalog.claim('quote', 10, 30, 5);
      expect(await catalog.claim('quote', 29, 60, 5)).toEqual([]);
      expect(await catalog.claim('quote', 30, 60, 5)).toEqual(['a']);
    },
    lie: (honest) =>
      liar(honest, {
        async claim(source, ...rest) {
          const keys = await honest.claim(source, ...rest);
          await honest.forget(source, keys);
          return keys;
        },
      }),
  },

  'makes settled keys due when their settlements say': {
    async check(catalog) {
      await catalog.track('quote', ['a', 'b', 'c'], 10);
      await catalog.settle('quote', [
        { key: 'a', dueAt: 70 },
        { key: 'b', dueAt: 80, failure: FAILED },
      ]);
      expect(await dueTimes(catalog)).toEqual({ a: 70, b: 80, c: 10 });
      await catalog.settle('quote', []);
    },
    lie: (honest) => liar(honest, { settle: async () => {} }),
  },

  'remembers why a key failed, and how many times in a row': {
    async check(catalog) {
      await catalog.track('quote', ['a', 'b'], 10);
      await catalog.settle('quote', [{ key: 'a', dueAt: 50, failure: FAILED }]);
      const refused = { outcome: 'refused', reason: 'empty | body\n[]', at: 90 } as const;
      await catalog.settle('quote', [{ key: 'a', dueAt: 60, failure: refused }]);
      const [a, b] = await catalog.get('quote', ['a', 'b']);
      expect(a?.failure).toEqual({ ...refused, count: 2, quarantined: false });
      expect(b?.failure).toBeUndefined();
    },
    lie: (honest) =>
      liar(honest, {
        async get(source, keys) {
          const records = await honest.get(source, keys);
          return records.map((record) => record && { ...record, failure: restarted(record) });
        },
      }),
  },

  'counts a failure once though its settlement is told twice': {
    async check(catalog) {
      await catalog.track('quote', ['a'], 10);
      await catalog.settle('quote', [{ key: 'a', dueAt: 50, failure: FAILED }]);
      await catalog.settle('quote', [{ key: 'a', dueAt: 50, failure: FAILED }]);
      expect((await catalog.get('quote', ['a']))[0]?.failure?.count).toBe(1);
    },
    lie(honest) {
      let told = 0;
      return liar(honest, {
        settle(source, settlements) {
          told += 1;
          const again = settlements.map((settlement) =>
            settlement.failure === undefined
              ? settlement
              : { ...settlement, failure: { ...settlement.failure, at: settlement.failure.at + told } },
          );
          return honest.settle(source, again);
        },
      });
    },
  },

  'sets a key aside that failed ten times in a row, until it succeeds or is released': {
    async check(catalog) {
      await catalog.track('quote', ['a', 'b'], 10);
      const fail = (key: string, at: number) =>
        catalog.settle('quote', [{ key, dueAt: at + 5, failure: { ...FAILED, at } }]);
      for (let at = 1; at <= 9; at += 1) await fail('a', at);
      const aside = async () => (await catalog.scan('quote', undefined, 10, 'quarantined')).records;
      expect(await aside()).toEqual([]);
      expect(await dueTimes(catalog)).toEqual({ a: 14, b: 10 });
      await fail('a', 20);
      await fail('b', 20);
      const retryAt = 20 + QUARANTINE.retryMs;
      const failure = { ...FAILED, at: 20, count: 10, quarantined: true };
      const expected = { key: 'a', dueAt: retryAt, failure, keptUntil: undefined };
      expect(await aside()).toEqual([expected]);
      await catalog.settle('quote', [{ key: 'a', dueAt: 30 }]);
      expect(await aside()).toEqual([]);
      expect(await dueTimes(catalog)).toEqual({ a: 30, b: 25 });
    },
    lie: (honest) =>
      liar(honest, {
        scan: (source, cursor, count) => honest.scan(source, cursor, count),
      }),
  },

  'forgets a failure once the key succeeds': {
    async check(catalog) {
      await catalog.track('quote', ['a'], 10);
      await catalog.settle('quote', [{ key: 'a', dueAt: 50, failure: FAILED }]);
      await catalog.settle('quote', [{ key: 'a', dueAt: 70 }]);
      expect((await catalog.get('quote', ['a']))[0]).toEqual({ key: 'a', dueAt: 70, failure: undefined });
    },
    lie: (honest) =>
      liar(honest, {
        async settle(source, settlements) {
          const failed = settlements.filter(({ failure }) => failure !== undefined);
          await honest.settle(source, failed);
          const well = settlements.filter(({ failure }) => failure === undefined);
          for (const { key, dueAt } of well) await honest.reschedule(source, [key], dueAt);
        },
      }),
  },

  'does not bring back a key that was forgotten while it was in flight': {
    async check(catalog) {
      await catalog.track('quote', ['a', 'b', 'c'], 10);
      await catalog.claim('quote', 10, 20, 2);
      await catalog.forget('quote', ['a', 'b']);
      await catalog.settle('quote', [
        { key: 'a', dueAt: 50 },
        { key: 'b', dueAt: 50, failure: FAILED },
      ]);
      expect(await catalog.size('quote', 1_000)).toEqual({ keys: 1, due: 1, failing: 0 });
    },
    lie: (honest) =>
      liar(honest, {
        async settle(source, settlements) {
          for (const { key, dueAt } of settlements) await honest.track(source, [key], dueAt);
          await honest.settle(source, settlements);
        },
      }),
  },

  'advances the keys it knows, says how many, and adds none': {
    async check(catalog) {
      await catalog.track('quote', ['a', 'b', 'c'], 500);
      expect(await catalog.reschedule('quote', ['a', 'b', 'unknown'], 20)).toBe(2);
      expect(await catalog.reschedule('quote', ['a'], 20)).toBe(1);
      expect(await dueTimes(catalog)).toEqual({ a: 20, b: 20, c: 500 });
    },
    lie: (honest) =>
      liar(honest, {
        async reschedule(source, keys, dueAt) {
          await honest.track(source, keys, dueAt);
          return honest.reschedule(source, keys, dueAt);
        },
      }),
  },

  'forgets keys with their failures and says how many it knew': {
    async check(catalog) {
      await catalog.track('quote', ['a', 'b'], 10);
      await catalog.settle('quote', [{ key: 'a', dueAt: 50, failure: FAILED }]);
      expect(await catalog.forget('quote', ['a', 'unknown'])).toBe(1);
      expect(await catalog.forget('quote', ['a'])).toBe(0);
      await catalog.track('quote', ['a'], 10);
      expect(await catalog.get('quote', ['a'])).toEqual([{ key: 'a', dueAt: 10, failure: undefined }]);
    },
    lie: (honest) => liar(honest, { forget: async (_, keys) => keys.length - 1 }),
  },

  'answers a look with one record per key, in order': {
    async check(catalog) {
      await catalog.track('quote', ['a', 'b'], 10);
      const records = await catalog.get('quote', ['b', 'unknown', 'a', 'b']);
      expect(records.map((record) => record?.key)).toEqual(['b', undefined, 'a', 'b']);
      expect(await catalog.get('quote', [])).toEqual([]);
    },
    lie: (honest) =>
      liar(honest, {
        get: async (...request) => (await honest.get(...request)).filter((record) => record !== undefined),
      }),
  },

  'scans every record while due times move': {
    async check(catalog) {
      const keys = Array.from({ length: 1_500 }, (_, i) => `key:${i}`);
      await catalog.track('quote', keys, 10);
      const seen = new Set<string>();
      let cursor: string | undefined;
      do {
        const page = await catalog.scan('quote', cursor, 100);
        for (const { key } of page.records) seen.add(key);
        await catalog.claim('quote', 10, 20, 40);
        cursor = page.cursor;
      } while (cursor !== undefined);
      expect(seen.size).toBe(keys.length);
    },
    lie: (honest) =>
      liar(honest, {
        async scan(source, cursor, count) {
          const { records } = await everything(honest, source);
          const ranked = records.toSorted((a, b) => a.dueAt - b.dueAt || (a.key < b.key ? -1 : 1));
          const from = Number(cursor ?? 0);
          const next = from + count < ranked.length ? String(from + count) : undefined;
          return { records: ranked.slice(from, from + count), cursor: next };
        },
      }),
  },

  'counts what is there, what is due and what fails': {
    async check(catalog) {
      await catalog.track('quote', ['a', 'b', 'c'], 10);
      await catalog.settle('quote', [
        { key: 'a', dueAt: 50 },
        { key: 'b', dueAt: 51, failure: FAILED },
      ]);
      expect(await catalog.size('quote', 50)).toEqual({ keys: 3, due: 2, failing: 1 });
      expect(await catalog.size('unknown', 50)).toEqual({ keys: 0, due: 0, failing: 0 });
    },
    lie: (honest) =>
      liar(honest, {
        async size(source, now) {
          const size = await honest.size(source, now);
          return { ...size, due: size.keys };
        },
      }),
  },

  'keeps sources apart and names those that have keys': {
    async check(catalog) {
      await catalog.track('quote', ['a'], 10);
      await catalog.track('profile', ['a', 'b'], 20);
      expect(await catalog.sources()).toEqual(['profile', 'quote']);
      await catalog.forget('quote', ['a']);
      expect(await catalog.sources()).toEqual(['profile']);
      expect((await catalog.size('profile', 0)).keys).toBe(2);
    },
    lie(honest) {
      const named = new Set<string>();
      return liar(honest, {
        track(source, ...rest) {
          named.add(source);
          return honest.track(source, ...rest);
        },
        sources: async () => [...named].sort(),
      });
    },
  },

  'takes batches of any length': {
    async check(catalog) {
      const keys = Array.from({ length: 2_345 }, (_, i) => `key:${i}`);
      expect(await catalog.track('quote', keys, 10)).toBe(2_345);
      expect(await catalog.reschedule('quote', keys, 9)).toBe(2_345);
      expect(await catalog.claim('quote', 9, 20, 2_300)).toHaveLength(2_300);
      await catalog.settle(
        'quote',
        keys.map((key, i) => (i % 2 === 0 ? { key, dueAt: 30 } : { key, dueAt: 31, failure: FAILED })),
      );
      const records = await catalog.get('quote', keys);
      expect(records.every((record, i) => record?.dueAt === 30 + (i % 2))).toBe(true);
      expect(await catalog.size('quote', 30)).toEqual({ keys: 2_345, due: 1_173, failing: 1_172 });
      expect(await catalog.forget('quote', keys)).toBe(2_345);
    },
    lie: (honest) =>
      liar(honest, {
        settle: (source, settlements) => honest.settle(source, settlements.slice(0, 1_000)),
      }),
  },
};

export const { clauses: CATALOG_CLAUSES, liars: CATALOG_LIARS } = apart(catalogClauses);

async function dueTimes(catalog: Catalog): Promise<Record<string, number>> {
  const { records } = await everything(catalog, 'quote');
  return Object.fromEntries(records.map(({ key, dueAt }) => [key, dueAt]));
}

async function everything(catalog: Catalog, source: string): Promise<{ records: CatalogRecord[] }> {
  const records = new Map<string, CatalogRecord>();
  let cursor: string | undefined;
  do {
    const page = await catalog.scan(source, cursor, 1_000);
    for (const record of page.records) records.set(record.key, record);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return { records: [...records.values()] };
}

function restarted(record: CatalogRecord): CatalogRecord['failure'] {
  return record.failure && { ...record.failure, count: 1 };
}
