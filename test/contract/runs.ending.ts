/** The clauses of runs on stopping, verifying and ending one. */
import { expect } from 'vitest';
import { countsOf } from '../../src/core/outcome.ts';
import { liar } from './liar.ts';
import { begun, marks, planned, type RunsClause } from './runs.steps.ts';

const COVERAGE = { memory: { warm: 2, total: 3 } };

export const endingClauses: Readonly<Record<string, RunsClause>> = {
  'cancels every pending key when it is stopped, and records nothing after that': {
    async check(runs) {
      await begun(runs, [['a', 'b'], ['c']]);
      await runs.record('r1', 0, marks({ 1: 'warmed' }));
      const stopped = await runs.stop('r1', 'deadline', 'after 4h', 70);
      const counts = countsOf({ warmed: 1, cancelled: 2 });
      const end = { state: 'ended', endedAt: 70, endedReason: 'deadline', endedNote: 'after 4h' };
      expect(stopped).toMatchObject({ ...end, counts, pending: 0, total: 3 });
      expect(await runs.record('r1', 1, marks({ 0: 'warmed' }))).toEqual({ state: 'ended', last: false });
      expect(await runs.get('r1')).toEqual(stopped);
      expect(await runs.chunk('r1', 0)).toMatchObject({ outcomes: 'cw', runState: 'ended' });
      expect((await runs.chunk('r1', 1))?.outcomes).toBe('c');
    },
    lie: (honest) =>
      liar(honest, {
        async chunk(id, number) {
          const chunk = await honest.chunk(id, number);
          return chunk && { ...chunk, outcomes: chunk.outcomes.replaceAll('c', '.') };
        },
      }),
  },

  'ends a run that is stopped while planning with what was planned so far': {
    async check(runs) {
      await planned(runs, [['a', 'b']]);
      await runs.stop('r1', 'stopped', '', 40);
      await runs.addChunk('r1', 1, 'quote', ['c']);
      const run = await runs.begin('r1', 2, 3, 50);
      const counts = countsOf({ cancelled: 2 });
      expect(run).toMatchObject({ state: 'ended', total: 2, counts, pending: 0, startedAt: undefined });
    },
    lie: (honest) =>
      liar(honest, { begin: async (...request) => ({ ...(await honest.begin(...request)), startedAt: 50 }) }),
  },

  'ends a verified run once, with what was found in the tiers': {
    async check(runs) {
      await begun(runs, [['a']]);
      await runs.record('r1', 0, marks({ 0: 'warmed' }));
      const first = await runs.end('r1', 'finished', 'well', COVERAGE, 70);
      const end = { state: 'ended', endedAt: 70, endedReason: 'finished', endedNote: 'well' };
      expect(first).toMatchObject({ ...end, coverage: COVERAGE });
      expect(await runs.end('r1', 'failed', 'ill', {}, 80)).toEqual(first);
      expect(await runs.stop('r1', 'stopped', 'late', 90)).toEqual(first);
    },
    lie: (honest) =>
      liar(honest, {
        end: async (...request) => ({ ...(await honest.end(...request)), endedAt: request[4] }),
      }),
  },

  'refuses to end a run that still has keys to come': {
    async check(runs) {
      await planned(runs, [['a']]);
      const conflict = { code: 'E_CONFLICT' };
      await expect(runs.end('r1', 'finished', '', {}, 70)).rejects.toMatchObject(conflict);
      await runs.begin('r1', 1, 1, 50);
      await expect(runs.end('r1', 'finished', '', {}, 70)).rejects.toMatchObject(conflict);
      expect(await runs.get('r1')).toMatchObject({ state: 'running', pending: 1 });
    },
    lie: (honest) =>
      liar(honest, { end: (id, reason, note, _coverage, at) => honest.stop(id, reason, note, at) }),
  },

  'turns a success that was found lost into a failure, once': {
    async check(runs) {
      await begun(runs, [['a', 'b', 'c', 'd', 'e', 'f', 'g']]);
      const ends = { 0: 'warmed', 1: 'unchanged', 2: 'already-warm', 3: 'refused', 5: 'absent' } as const;
      await runs.record('r1', 0, marks(ends));
      expect(await runs.revoke('r1', 0, [4, 2, 0, 3, 1, 0, 5])).toBe(4);
      expect(await runs.revoke('r1', 0, [0, 1, 2])).toBe(0);
      expect((await runs.chunk('r1', 0))?.outcomes).toBe('fffr.f.');
      const counts = countsOf({ failed: 4, refused: 1 });
      expect(await runs.get('r1')).toMatchObject({ counts, pending: 2, total: 7 });
    },
    lie: (honest) =>
      liar(honest, {
        async revoke(id, chunk, indexes) {
          await honest.revoke(id, chunk, indexes);
          return indexes.length;
        },
      }),
  },

  'revokes nothing of a run that has ended': {
    async check(runs) {
      await begun(runs, [['a']]);
      await runs.record('r1', 0, marks({ 0: 'warmed' }));
      const run = await runs.end('r1', 'finished', '', COVERAGE, 70);
      expect(await runs.revoke('r1', 0, [0])).toBe(0);
      expect(await runs.get('r1')).toEqual(run);
    },
    lie(honest) {
      let revoked = 0;
      return liar(honest, {
        async revoke(_id, _chunk, indexes) {
          revoked += indexes.length;
          return 0;
        },
        async get(id) {
          const run = await honest.get(id);
          return run && { ...run, counts: { ...run.counts, failed: run.counts.failed + revoked } };
        },
      });
    },
  },
};
