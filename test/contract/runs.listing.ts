/** The clauses of runs on finding and trimming them. */
import { expect } from 'vitest';
import type { Runs } from '../../src/catalog/runs/runs.ts';
import { liar } from './liar.ts';
import { begun, ended, type RunsClause, specOf } from './runs.steps.ts';

export const listingClauses: Readonly<Record<string, RunsClause>> = {
  'lists runs newest first, in pages, though new ones come in': {
    async check(runs) {
      for (const i of [3, 1, 2, 5, 4]) await runs.create(specOf(`r${i}`, i * 10));
      const first = await runs.list(2, undefined);
      expect(first.runs.map(({ id }) => id)).toEqual(['r5', 'r4']);
      await runs.create(specOf('r6', 60));
      const second = await runs.list(2, first.cursor);
      expect(second.runs.map(({ id }) => id)).toEqual(['r3', 'r2']);
      const third = await runs.list(2, second.cursor);
      expect(third).toMatchObject({ runs: [{ id: 'r1' }], cursor: undefined });
    },
    lie: (honest) =>
      liar(honest, {
        async list(limit, cursor) {
          const { runs } = await honest.list(1_000, undefined);
          const from = Number(cursor ?? 0);
          const next = from + limit < runs.length ? String(from + limit) : undefined;
          return { runs: runs.slice(from, from + limit), cursor: next };
        },
      }),
  },

  'goes on listing when the run that ended a page was trimmed': {
    async check(runs) {
      for (const i of [1, 2, 3]) await ended(runs, `r${i}`, i * 10, i * 10);
      await runs.create(specOf('r4', 40));
      const page = await runs.list(2, undefined);
      expect(page.runs.map(({ id }) => id)).toEqual(['r4', 'r3']);
      await runs.trim(1, 0);
      await runs.create(specOf('r2', 20));
      expect(await identities(runs, page.cursor)).toEqual(['r2']);
      await expect(runs.list(2, 'nonsense')).rejects.toMatchObject({ code: 'E_REQUEST_INVALID' });
    },
    lie: (honest) =>
      liar(honest, {
        list: (limit, cursor) =>
          cursor === undefined
            ? honest.list(limit, cursor)
            : Promise.resolve({ runs: [], cursor: undefined }),
      }),
  },

  'knows which runs have not ended, oldest first': {
    async check(runs) {
      await runs.create(specOf('r3', 30));
      await runs.create(specOf('r2', 20));
      await ended(runs, 'r0', 5, 6);
      await begun(runs, [['a']]);
      await runs.create(specOf('r0', 5));
      expect((await runs.active()).map(({ id }) => id)).toEqual(['r2', 'r3', 'r1']);
      await runs.stop('r2', 'stopped', '', 70);
      expect((await runs.active()).map(({ id }) => id)).toEqual(['r3', 'r1']);
    },
    lie: (honest) =>
      liar(honest, { active: async () => (await honest.list(1_000, undefined)).runs.toReversed() }),
  },

  'trims runs that ended long ago or are beyond the newest, and no other': {
    async check(runs) {
      await ended(runs, 'old', 10, 100);
      await runs.create(specOf('old-but-active', 11));
      await ended(runs, 'long', 12, 900);
      await ended(runs, 'new', 500, 600);
      expect(await runs.trim(10, 600)).toBe(1);
      expect(await identities(runs, undefined)).toEqual(['new', 'long', 'old-but-active']);
      expect(await runs.trim(1, 0)).toBe(1);
      expect(await identities(runs, undefined)).toEqual(['new', 'old-but-active']);
      expect(await runs.get('long')).toBeUndefined();
      expect(await runs.trim(0, 0)).toBe(1);
      expect(await runs.get('old-but-active')).toMatchObject({ state: 'planning' });
    },
    lie: (honest) =>
      liar(honest, {
        async trim(keep, before) {
          for (const run of await honest.active()) await honest.stop(run.id, 'stopped', '', before);
          return honest.trim(keep, before);
        },
      }),
  },
};

async function identities(runs: Runs, cursor: string | undefined): Promise<string[]> {
  return (await runs.list(100, cursor)).runs.map(({ id }) => id);
}
