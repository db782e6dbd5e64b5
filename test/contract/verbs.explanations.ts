/** Clauses about explanations. */
import { expect } from 'vitest';
import { explanation } from '../../src/verbs/explain/explanation-shapes.ts';
import { expectRejection, type VerbsClauses } from './verbs.steps.ts';

export const explanationClauses: VerbsClauses = {
  'a warm key is said to be warm, and nothing is said to hold back more than its refresh': {
    async check({ verbs, keys, store }) {
      await store(keys.slice(0, 1));
      const found = explanation.parse(await verbs.explain(keys[0] ?? ''));
      expect(found).toMatchObject({ key: keys[0], source: 'profile', state: 'value', verdict: 'warm' });
      expect(found.why).toEqual([]);
      for (const { cause } of found.delays) expect(['no-worker', 'no-scheduler']).toContain(cause);
      expect(found.command === null).toBe(found.delays.every(({ command }) => command === null));
    },
    lie: ({ verbs, keys }) => ({ explain: () => verbs.explain(keys[1] ?? '') }),
  },

  'a cold key has a reason, something that holds it back, and a command': {
    async check({ verbs, keys, store, pass, lifetime }) {
      await store(keys.slice(0, 1));
      await pass(lifetime.ttl);
      for (const key of keys.slice(0, 2)) {
        const found = explanation.parse(await verbs.explain(key));
        expect(found.verdict).toBe('cold');
        for (const told of [found.why, found.delays]) {
          expect(told.length).toBeGreaterThan(0);
          for (const { sentence } of told) expect(sentence).toMatch(/^[A-Z].*\.$/);
        }
        expect(found.command).toMatch(/^forewarm \w/);
      }
    },
    lie: ({ verbs }) => ({ explain: async (key) => ({ ...(await verbs.explain(key)), delays: [] }) }),
  },

  'an explanation holds what an inspection does': {
    async check({ verbs, keys, store }) {
      await store(keys.slice(0, 1));
      for (const key of keys.slice(0, 2))
        expect(await verbs.explain(key)).toMatchObject(await verbs.inspect(key));
    },
    lie: ({ verbs, keys }) => ({
      explain: async (key) => ({ ...(await verbs.explain(key)), ...(await verbs.inspect(keys[5] ?? '')) }),
    }),
  },

  'a key that fits no source is not explained': {
    async check({ verbs }) {
      await expectRejection(verbs.explain('nowhere'), 'E_SELECTOR_INVALID');
    },
    lie: ({ verbs, keys }) => ({ explain: () => verbs.explain(keys[0] ?? '') }),
  },
};
