/** The verbs in memory keep every clause, and each clause catches verbs in memory that break it. */
import { describe, expect, test } from 'vitest';
import { drive, FakeClock } from '../support/fake-clock.ts';
import { SOURCE } from '../support/in-memory/known-values.ts';
import { verbsInMemory } from '../support/in-memory/verbs.ts';
import { keysOf } from '../support/sources.ts';
import { liar } from './liar.ts';
import type { VerbsSubject } from './verbs.steps.ts';
import { describeVerbs, VERBS_CLAUSES } from './verbs.ts';

function inMemory(): VerbsSubject {
  const clock = new FakeClock();
  const verbs = verbsInMemory(clock, { dead: [] });
  const keys = keysOf(10);
  verbs.expect(keys);
  return {
    verbs,
    keys,
    lifetime: SOURCE.lifetime,
    async store(stored) {
      for (const key of stored) verbs.put(key, JSON.stringify(key));
    },
    pass: (ms) => clock.advance(ms),
    drive: (work) => drive(clock, work),
    async work(run) {
      verbs.work(run, keys.length);
    },
    bury: async (key, run) => verbs.bury(key, run),
    setAside: async (key) => verbs.setAside(key),
    fail: () => void verbs.unready.push('a tier is down'),
  };
}

describeVerbs('the verbs in memory', inMemory);

describe('the contracts of the verbs', () => {
  for (const [noun, clauses] of Object.entries(VERBS_CLAUSES)) {
    for (const [sentence, { check, lie }] of Object.entries(clauses)) {
      test(`catch ${noun} that break: ${sentence}`, async () => {
        const honest = inMemory();
        const verbs = liar(honest.verbs, lie(honest));
        await expect(check({ ...honest, verbs })).rejects.toThrow();
      });
    }
  }
});
