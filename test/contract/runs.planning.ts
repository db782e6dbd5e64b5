/** The clauses of runs on creating and planning one. */
import { expect } from 'vitest';
import { liar } from './liar.ts';
import { planned, type RunsClause, specOf } from './runs.steps.ts';

export const planningClauses: Readonly<Record<string, RunsClause>> = {
  'creates a run once and answers it to whoever asks again': {
    async check(runs) {
      const first = await runs.create(specOf('r1'));
      expect(first.created).toBe(true);
      expect(first.run).toMatchObject({ ...specOf('r1'), state: 'planning', total: 0, pending: 0 });
      const second = await runs.create({ ...specOf('r1'), selector: 'other', createdAt: 99 });
      expect(second).toEqual({ run: first.run, created: false });
      const rivals = await Promise.all(Array.from({ length: 5 }, () => runs.create(specOf('r2'))));
      expect(rivals.filter(({ created }) => created)).toHaveLength(1);
    },
    lie: (honest) =>
      liar(honest, { create: async (spec) => ({ ...(await honest.create(spec)), created: true }) }),
  },

  'gives a run back as it was specified': {
    async check(runs) {
      const options = { force: true, missing: true, limit: 7, deadlineAt: 5_000, acceptAbsent: true };
      const named = { list: 'l', pages: 2, keys: 9, sources: ['quote'] };
      const spec = { ...specOf('r1'), schedule: 'nightly', nominal: 900, options, named, keep: 5 };
      await runs.create(spec);
      expect(await runs.get('r1')).toMatchObject(spec);
      expect(await runs.get('unknown')).toBeUndefined();
    },
    lie: (honest) =>
      liar(honest, {
        async get(id) {
          const run = await honest.get(id);
          return run && { ...run, nominal: undefined };
        },
      }),
  },

  'counts a chunk once though it is added twice, and replaces it by another': {
    async check(runs) {
      await runs.create(specOf('r1'));
      await runs.addChunk('r1', 0, 'quote', ['a', 'b', 'c']);
      await runs.addChunk('r1', 0, 'quote', ['a', 'b', 'c']);
      await runs.addChunk('r1', 1, 'profile', ['d']);
      await runs.addChunk('r1', 1, 'profile', ['e', 'f']);
      await runs.addChunk('r1', 2, 'profile', []);
      expect(await runs.get('r1')).toMatchObject({ state: 'planning', total: 5, chunks: 3, pending: 5 });
      expect(await runs.chunk('r1', 1)).toEqual({
        source: 'profile',
        keys: ['e', 'f'],
        outcomes: '..',
        runState: 'planning',
        options: specOf('r1').options,
        stamps: specOf('r1').stamps,
      });
      expect(await runs.chunk('r1', 2)).toMatchObject({ keys: [], outcomes: '' });
      expect(await runs.chunk('r1', 3)).toBeUndefined();
      expect(await runs.chunk('unknown', 0)).toBeUndefined();
    },
    lie(honest) {
      let next = 0;
      return liar(honest, {
        addChunk: (id, _chunk, source, keys) => honest.addChunk(id, next++, source, keys),
      });
    },
  },

  'knows of a run which entity sets its plan did without, and which sources had shrunk': {
    async check(runs) {
      const unread = [{ entities: 'shops', reason: 'there is no such file' }];
      const shrunk = [{ source: 'quote', entities: ['markets'], listed: 1, missing: 199, keys: 200 }];
      await planned(runs, [['a']]);
      expect(await runs.get('r1')).toMatchObject({ unread: [], shrunk: [] });
      await runs.create(specOf('r2'));
      await runs.begin('r2', 0, 0, 50, { unread, shrunk });
      await runs.begin('r2', 0, 0, 60);
      expect(await runs.get('r2')).toMatchObject({ unread, shrunk });
    },
    lie: (honest) => liar(honest, { begin: (id, chunks, total, at) => honest.begin(id, chunks, total, at) }),
  },

  'knows the plan of a run that was made with its manifest, or why it has none, but for one that was planned before':
    {
      async check(runs) {
        const one = { low: 1, likely: 2, high: 3 };
        const plan = { keys: 1, fetch: 1, calls: one, bytes: null, likely: one };
        const notes = { unread: [], shrunk: [] };
        for (const id of ['r1', 'r2']) await runs.create(specOf(id));
        await runs.begin('r1', 0, 0, 50, { ...notes, planned: { plan } });
        expect((await runs.get('r1'))?.plan).toEqual(plan);
        await runs.begin('r2', 0, 0, 50, { ...notes, planned: { unplanned: 'it took too long' } });
        expect(await runs.get('r2')).toMatchObject({ unplanned: 'it took too long' });
        await runs.create({ ...specOf('r3'), plan: { ...plan, keys: 7 } });
        await runs.begin('r3', 0, 0, 50, { ...notes, planned: { plan } });
        expect((await runs.get('r3'))?.plan?.keys).toBe(7);
      },
      lie: (honest) =>
        liar(honest, { begin: (id, chunks, total, at) => honest.begin(id, chunks, total, at) }),
    },

  'begins once, and takes no chunk after that': {
    async check(runs) {
      await planned(runs, [['a', 'b']]);
      expect(await runs.begin('r1', 1, 2, 50)).toMatchObject({ state: 'running', startedAt: 50 });
      expect(await runs.begin('r1', 1, 2, 60)).toMatchObject({ state: 'running', startedAt: 50 });
      await runs.addChunk('r1', 0, 'quote', ['z']);
      await runs.addChunk('r1', 1, 'quote', ['z']);
      expect(await runs.get('r1')).toMatchObject({ total: 2, chunks: 1, pending: 2 });
    },
    lie: (honest) =>
      liar(honest, {
        begin: async (id, chunks, total, at) => ({
          ...(await honest.begin(id, chunks, total, at)),
          startedAt: at,
        }),
      }),
  },

  'drops what an interrupted plan left over': {
    async check(runs) {
      await planned(runs, [['a', 'b'], ['c'], ['left', 'over']]);
      expect(await runs.begin('r1', 2, 3, 50)).toMatchObject({ total: 3, chunks: 2, pending: 3 });
      expect(await runs.chunk('r1', 2)).toBeUndefined();
    },
    lie: (honest) =>
      liar(honest, {
        async begin(id, _chunks, _total, at) {
          const run = await honest.get(id);
          return honest.begin(id, run?.chunks ?? 0, run?.total ?? 0, at);
        },
      }),
  },

  'refuses to begin with a manifest that is not all there': {
    async check(runs) {
      await planned(runs, [['a', 'b']]);
      await expect(runs.begin('r1', 2, 2, 50)).rejects.toMatchObject({ code: 'E_CONFLICT' });
      await expect(runs.begin('r1', 1, 3, 50)).rejects.toMatchObject({ code: 'E_CONFLICT' });
      expect(await runs.get('r1')).toMatchObject({ state: 'planning' });
    },
    lie: (honest) =>
      liar(honest, {
        async begin(id, _chunks, _total, at) {
          const run = await honest.get(id);
          return honest.begin(id, run?.chunks ?? 0, run?.total ?? 0, at);
        },
      }),
  },

  'verifies a run of no keys at once': {
    async check(runs) {
      await planned(runs, []);
      expect(await runs.begin('r1', 0, 0, 50)).toMatchObject({ state: 'verifying', pending: 0 });
    },
    lie: (honest) =>
      liar(honest, {
        begin: async (...request) => ({ ...(await honest.begin(...request)), state: 'running' }),
      }),
  },
};
