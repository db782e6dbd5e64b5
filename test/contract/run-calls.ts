/** What every store of a run's calls must do, and for each clause one that does not. */
import { expect } from 'vitest';
import type { ChunkCalls, RunCalls } from '../../src/catalog/runs/run-calls.ts';
import { NO_CALLS } from '../../src/core/call-record.ts';
import { liar } from './liar.ts';
import { apart, type ClausesWithLiars } from './suite.ts';

function chunkOf(calls: number, slow: ChunkCalls['slow'] = []): ChunkCalls {
  return { ...NO_CALLS, source: 'profile', keys: calls, planned: calls, calls, slow };
}

const callsOf = async (store: RunCalls, run: string) =>
  (await store.of(run)).map(({ calls }) => calls).sort((a, b) => a - b);

const runCallsClauses: ClausesWithLiars<RunCalls> = {
  'returns what was told of each piece of work, with its slowest keys': {
    async check(store) {
      await store.note('r1', '0:1', chunkOf(2, [{ key: 'profile:a', ms: 90 }]));
      await store.note('r1', '1:1', chunkOf(3));
      expect(await callsOf(store, 'r1')).toEqual([2, 3]);
      const [slow] = (await store.of('r1')).flatMap((chunk) => chunk.slow);
      expect(slow).toEqual({ key: 'profile:a', ms: 90 });
    },
    lie: (honest) =>
      liar(honest, { of: async (run) => (await honest.of(run)).map((chunk) => ({ ...chunk, slow: [] })) }),
  },

  'has what is told of the same piece replace what was told before': {
    async check(store) {
      await store.note('r1', '0:1', chunkOf(2));
      await store.note('r1', '0:1', chunkOf(5));
      expect(await callsOf(store, 'r1')).toEqual([5]);
    },
    lie(honest) {
      let n = 0;
      return liar(honest, {
        note: (run, part, calls) => {
          n += 1;
          return honest.note(run, `${part}:${n}`, calls);
        },
      });
    },
  },

  'keeps each run apart, and knows nothing of one that made no calls': {
    async check(store) {
      await store.note('r1', '0:1', chunkOf(2));
      expect(await callsOf(store, 'r2')).toEqual([]);
    },
    lie: (honest) => liar(honest, { of: () => honest.of('r1') }),
  },

  'returns each of very many pieces once': {
    async check(store) {
      const parts = Array.from({ length: 1_200 }, (_, i) => `${i}:1`);
      await Promise.all(parts.map((part) => store.note('r1', part, chunkOf(1))));
      expect(await callsOf(store, 'r1')).toHaveLength(1_200);
    },
    lie: (honest) => liar(honest, { of: async (run) => (await honest.of(run)).slice(0, 1_000) }),
  },
};

export const { clauses: RUN_CALLS_CLAUSES, liars: RUN_CALLS_LIARS } = apart(runCallsClauses);
