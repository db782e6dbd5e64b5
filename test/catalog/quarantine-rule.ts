/** What the rule of quarantine promises, as data, each with a catalog that breaks it. */
import { expect } from 'vitest';
import type { Catalog, QuarantineRule, Settlement } from '../../src/catalog/catalog.ts';
import { liar } from '../contract/liar.ts';
import type { ClausesWithLiars } from '../contract/suite.ts';

/** An empty catalog with this rule. */
export type CreateQuarantine = (rule: QuarantineRule) => Catalog;

const SOURCE = 'quote';
const KEY = 'quote:a';
/** What a settlement would say, in ms after it: minutes, as after any failure. */
const DUE_MS = 600_000;

async function tracked(create: CreateQuarantine, rule: QuarantineRule): Promise<Catalog> {
  const catalog = create(rule);
  await catalog.track(SOURCE, [KEY], 0);
  return catalog;
}

/** An attempt that began then and ended, ms later, in a failure. */
function fail(catalog: Catalog, began: number, ms = 10): Promise<void> {
  const at = began + ms;
  const failure = { outcome: 'failed', reason: `of ${began}`, at } as const;
  const settlement: Settlement = { key: KEY, dueAt: at + DUE_MS, failure, attempt: { began, ended: at } };
  return catalog.settle(SOURCE, [settlement]);
}

/** No attempt: something else than the key failed. */
function blameless(catalog: Catalog, at: number): Promise<void> {
  const failure = { outcome: 'failed', reason: `no call of ${at}`, at: at + 10, blameless: true } as const;
  const attempt = { began: at, ended: at + 10 };
  return catalog.settle(SOURCE, [{ key: KEY, dueAt: at + 10 + DUE_MS, failure, attempt }]);
}

const release = (catalog: Catalog, dueAt: number) =>
  catalog.settle(SOURCE, [{ key: KEY, dueAt, released: true }]);
const recordOf = async (catalog: Catalog) => (await catalog.get(SOURCE, [KEY]))[0];
const isAside = async (catalog: Catalog) => (await recordOf(catalog))?.failure?.quarantined === true;

/** A catalog that is told something else than what happened. */
const settled =
  (change: (settlement: Settlement) => Settlement) =>
  (create: CreateQuarantine): CreateQuarantine =>
  (rule) => {
    const honest = create(rule);
    return liar(honest, { settle: (source, all) => honest.settle(source, all.map(change)) });
  };

/** A catalog with another rule than its own. */
const ruled =
  (change: (rule: QuarantineRule) => Partial<QuarantineRule>) =>
  (create: CreateQuarantine): CreateQuarantine =>
  (rule) =>
    create({ ...rule, ...change(rule) });

export const QUARANTINE_RULE: ClausesWithLiars<CreateQuarantine> = {
  'sets a key aside at the configured failure in a row, and not before': {
    async check(create) {
      const catalog = await tracked(create, { after: 3, retryMs: 60_000 });
      await fail(catalog, 100);
      await fail(catalog, 200);
      expect(await isAside(catalog)).toBe(false);
      await fail(catalog, 300);
      expect(await isAside(catalog)).toBe(true);
    },
    lie: ruled(({ after }) => ({ after: after - 1 })),
  },

  'sets none aside where that is configured': {
    async check(create) {
      const catalog = await tracked(create, { after: 0, retryMs: 60_000 });
      for (let n = 1; n <= 20; n += 1) await fail(catalog, n * 100);
      expect(await isAside(catalog)).toBe(false);
      expect((await recordOf(catalog))?.dueAt).toBe(2_010 + DUE_MS);
    },
    lie: ruled(() => ({ after: 10 })),
  },

  'tries a key again after the configured time, be it sooner or later than after any failure': {
    async check(create) {
      for (const retryMs of [1_000, 60_000, DUE_MS, 86_400_000]) {
        const catalog = await tracked(create, { after: 2, retryMs });
        await fail(catalog, 100);
        expect((await recordOf(catalog))?.dueAt).toBe(110 + DUE_MS);
        await fail(catalog, 200);
        expect((await recordOf(catalog))?.dueAt).toBe(210 + retryMs);
      }
    },
    lie: ruled(({ retryMs }) => ({ retryMs: Math.max(retryMs, DUE_MS) })),
  },

  'counts a failure that is reported again once': {
    async check(create) {
      const catalog = await tracked(create, { after: 2, retryMs: 60_000 });
      await fail(catalog, 100);
      await fail(catalog, 100);
      expect(await isAside(catalog)).toBe(false);
    },
    lie: (create) => {
      let told = 0;
      return settled(({ failure, ...settlement }) => {
        told += 1;
        return failure === undefined
          ? settlement
          : { ...settlement, failure: { ...failure, at: failure.at + told } };
      })(create);
    },
  },

  'counts no failure that the key is not to blame for, whatever is on record': {
    async check(create) {
      const catalog = await tracked(create, { after: 2, retryMs: 60_000 });
      await blameless(catalog, 100);
      await blameless(catalog, 200);
      const failure = { reason: 'no call of 200', at: 210, count: 0, quarantined: false };
      expect(await recordOf(catalog)).toMatchObject({ dueAt: 210 + DUE_MS, failure });
      // The attempt ended before it, and is told later.
      await fail(catalog, 150);
      await blameless(catalog, 300);
      expect((await recordOf(catalog))?.failure).toMatchObject({ reason: 'of 150', count: 1 });
      await fail(catalog, 400);
      // It is in quarantine for what it did, and is tried as soon as its origin is back.
      await blameless(catalog, 70_000);
      const own = { reason: 'of 400', at: 410, count: 2, quarantined: true };
      expect(await recordOf(catalog)).toMatchObject({ dueAt: 70_010 + DUE_MS, failure: own });
    },
    lie: settled(({ failure, ...settlement }) => {
      if (failure === undefined) return settlement;
      const { blameless: _, ...blamed } = failure;
      return { ...settlement, failure: blamed };
    }),
  },

  'begins to count anew after a success': {
    async check(create) {
      const catalog = await tracked(create, { after: 2, retryMs: 60_000 });
      await fail(catalog, 100);
      await catalog.settle(SOURCE, [{ key: KEY, dueAt: 9_000, attempt: { began: 200, ended: 210 } }]);
      await fail(catalog, 300);
      expect(await isAside(catalog)).toBe(false);
    },
    lie: (create) => (rule) => {
      const honest = create(rule);
      return liar(honest, {
        settle: (source, all) =>
          honest.settle(
            source,
            all.filter(({ failure }) => failure !== undefined),
          ),
      });
    },
  },

  'has a key that is released due at once, and none of its failures on record': {
    async check(create) {
      const catalog = await tracked(create, { after: 1, retryMs: 60_000 });
      await fail(catalog, 100);
      await release(catalog, 500);
      expect(await recordOf(catalog)).toMatchObject({ dueAt: 500, failure: undefined });
      expect((await catalog.scan(SOURCE, undefined, 10, 'quarantined')).records).toEqual([]);
      // One that has not failed is left as it is.
      await release(catalog, 600);
      expect((await recordOf(catalog))?.dueAt).toBe(500);
    },
    lie: settled(({ released: _, ...settlement }) => settlement),
  },

  'counts no failure of an attempt that began before the key was released, however late it ends': {
    async check(create) {
      const catalog = await tracked(create, { after: 1, retryMs: 60_000 });
      await fail(catalog, 100);
      await release(catalog, 500);
      // Somebody has taken it in between: it is due later.
      await catalog.claim(SOURCE, 510, 90_000, 1);
      await fail(catalog, 450, 7_000);
      expect(await recordOf(catalog)).toMatchObject({ dueAt: 90_000, failure: undefined });
      await fail(catalog, 520);
      expect(await isAside(catalog)).toBe(true);
    },
    lie: settled(({ attempt: _, ...settlement }) => settlement),
  },

  'forgets with the key that it was released': {
    async check(create) {
      const catalog = await tracked(create, { after: 1, retryMs: 60_000 });
      await fail(catalog, 100);
      await release(catalog, 500);
      await catalog.forget(SOURCE, [KEY]);
      await catalog.track(SOURCE, [KEY], 0);
      await fail(catalog, 400);
      expect(await isAside(catalog)).toBe(true);
    },
    lie: (create) => (rule) => {
      const honest = create(rule);
      return liar(honest, { forget: async (_, keys) => keys.length });
    },
  },
};
