/** The clauses of runs on recording outcomes. */
import { expect } from 'vitest';
import { countsOf } from '../../src/core/outcome.ts';
import { liar } from './liar.ts';
import {
  begun,
  countingTwice,
  marks,
  overwriting,
  planned,
  type RunsClause,
  revisionOf,
  specOf,
} from './runs.steps.ts';

export const recordingClauses: Readonly<Record<string, RunsClause>> = {
  'records one outcome per key, and the first one stays': {
    async check(runs) {
      await begun(runs, [['a', 'b', 'c', 'd', 'e', 'f']]);
      await runs.record('r1', 0, marks({ 1: 'warmed', 2: 'refused', 5: 'excluded' }));
      expect((await runs.chunk('r1', 0))?.outcomes).toBe('.wr..e');
      await runs.record('r1', 0, marks({ 4: 'unchanged', 2: 'failed', 1: 'failed', 0: 'already-warm' }));
      expect((await runs.chunk('r1', 0))?.outcomes).toBe('awr.ue');
    },
    lie: overwriting,
  },

  'counts each key once though its outcome is told twice': {
    async check(runs) {
      await begun(runs, [['a', 'b', 'c'], ['d']]);
      const told = marks({ 0: 'warmed', 2: 'failed' });
      await runs.record('r1', 0, told);
      await runs.record('r1', 0, [...marks({ 1: 'warmed' }), ...told, ...told].toReversed());
      const run = await runs.get('r1');
      expect(run).toMatchObject({ counts: countsOf({ warmed: 2, failed: 1 }), pending: 1, total: 4 });
    },
    lie: countingTwice,
  },

  'tells the last caller, and who calls again before the run has ended': {
    async check(runs) {
      await begun(runs, [['a', 'b'], ['c']]);
      const first = await runs.record('r1', 0, marks({ 0: 'warmed', 1: 'warmed' }));
      expect(first).toEqual({ state: 'running', last: false });
      const last = { state: 'verifying', last: true };
      expect(await runs.record('r1', 1, marks({ 0: 'failed' }))).toEqual(last);
      expect(await runs.record('r1', 1, marks({ 0: 'failed' }))).toEqual(last);
      expect(await runs.record('r1', 0, [])).toEqual(last);
      await runs.end('r1', 'finished', '', {}, 63);
      expect(await runs.record('r1', 1, [])).toEqual({ state: 'ended', last: false });
    },
    lie(honest) {
      let told = false;
      return liar(honest, {
        async record(...request) {
          const { state, last } = await honest.record(...request);
          const tell = last && !told;
          told ||= last;
          return { state, last: tell };
        },
      });
    },
  },

  'tells exactly whose marks were last when many record at once': {
    async check(runs) {
      const keys = Array.from({ length: 200 }, (_, i) => `key:${i}`);
      await begun(runs, [keys]);
      const answers = await Promise.all(
        keys.map((_, index) => runs.record('r1', 0, [{ index, outcome: 'warmed' }])),
      );
      expect(answers.filter(({ last }) => last)).toHaveLength(1);
      expect(await runs.get('r1')).toMatchObject({ counts: countsOf({ warmed: 200 }), pending: 0 });
    },
    lie: (honest) =>
      liar(honest, {
        async record(id, chunk, told) {
          await honest.record(id, chunk, told);
          const run = await honest.get(id);
          return { state: run?.state ?? 'ended', last: run?.pending === 0 };
        },
      }),
  },

  'records what is settled while the plan is still being made': {
    async check(runs) {
      await planned(runs, [['a', 'b']]);
      await runs.record('r1', 0, marks({ 0: 'excluded' }));
      await runs.addChunk('r1', 0, 'quote', ['a', 'b']);
      expect(await runs.get('r1')).toMatchObject({ counts: countsOf({ excluded: 1 }), pending: 1 });
      await runs.addChunk('r1', 0, 'quote', ['c', 'd', 'e']);
      expect(await runs.get('r1')).toMatchObject({ counts: countsOf(), pending: 3, total: 3 });
      await runs.record('r1', 0, marks({ 0: 'excluded', 1: 'excluded', 2: 'excluded' }));
      expect(await runs.begin('r1', 1, 3, 50)).toMatchObject({ state: 'verifying' });
    },
    lie: (honest) =>
      liar(honest, {
        begin: async (...request) => ({ ...(await honest.begin(...request)), state: 'running' }),
      }),
  },

  'grows the revision with every change and with nothing else': {
    async check(runs) {
      const seen = [(await runs.create(specOf('r1'))).run.revision];
      await runs.addChunk('r1', 0, 'quote', ['a', 'b']);
      seen.push(await revisionOf(runs), (await runs.begin('r1', 1, 2, 50)).revision);
      await runs.record('r1', 0, marks({ 0: 'warmed' }));
      seen.push(await revisionOf(runs));
      await runs.record('r1', 0, marks({ 0: 'failed' }));
      expect(await revisionOf(runs)).toBe(seen.at(-1));
      await runs.revoke('r1', 0, [0]);
      seen.push(await revisionOf(runs), (await runs.stop('r1', 'stopped', '', 70)).revision);
      expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
    },
    lie: (honest) =>
      liar(honest, {
        async get(id) {
          const run = await honest.get(id);
          return run && { ...run, revision: 1 };
        },
      }),
  },

  'names the run or chunk that does not exist': {
    async check(runs) {
      const missing = { code: 'E_NOT_FOUND' };
      await expect(runs.addChunk('nobody', 0, 'quote', [])).rejects.toMatchObject(missing);
      await expect(runs.begin('nobody', 0, 0, 1)).rejects.toMatchObject(missing);
      await expect(runs.record('nobody', 0, [])).rejects.toMatchObject(missing);
      await expect(runs.revoke('nobody', 0, [0])).rejects.toMatchObject(missing);
      await expect(runs.stop('nobody', 'stopped', '', 1)).rejects.toMatchObject(missing);
      await expect(runs.end('nobody', 'finished', '', {}, 1)).rejects.toMatchObject(missing);
      await begun(runs, [['a']]);
      await expect(runs.record('r1', 1, marks({ 0: 'warmed' }))).rejects.toMatchObject(missing);
      await expect(runs.create(specOf('a{b}'))).rejects.toMatchObject({ code: 'E_REQUEST_INVALID' });
    },
    lie: (honest) => liar(honest, { addChunk: async () => {} }),
  },
};
