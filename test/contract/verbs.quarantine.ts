/** Quarantine. */
import { expect } from 'vitest';
import { quarantinePage } from '../../src/verbs/quarantine.ts';
import type { VerbsClauses, VerbsSubject } from './verbs.steps.ts';

async function twoSetAside({ keys, setAside, pass }: VerbsSubject): Promise<void> {
  for (const key of keys.slice(0, 2)) {
    await setAside(key);
    await pass(1_000);
  }
}

const listed = async ({ verbs }: VerbsSubject) => (await verbs.quarantine(10)).keys.map(({ key }) => key);

export const quarantineClauses: VerbsClauses = {
  'keys in quarantine are listed, the one that failed last first, with why and when it is tried again': {
    async check(subject) {
      await twoSetAside(subject);
      const [a, b] = subject.keys;
      const page = quarantinePage.parse(await subject.verbs.quarantine(1));
      expect(page.keys).toMatchObject([{ key: b, source: 'profile', reason: 'it failed', failures: 10 }]);
      expect(page.keys[0]?.retryAt).toBeGreaterThan(page.keys[0]?.at ?? 0);
      expect(await listed(subject)).toEqual([b, a]);
    },
    lie: ({ verbs }) => ({
      quarantine: async (limit) => ({ keys: (await verbs.quarantine(limit)).keys.reverse() }),
    }),
  },

  'releasing lets the named ones go, and no others': {
    async check(subject) {
      await twoSetAside(subject);
      const [a, b, c] = subject.keys;
      expect(await subject.verbs.release([a ?? '', c ?? '', 'no-such:key'])).toBe(1);
      expect(await listed(subject)).toEqual([b]);
      expect(await subject.verbs.release([a ?? ''])).toBe(0);
    },
    lie: ({ verbs }) => ({ release: () => verbs.release([]) }),
  },

  'releasing without keys lets them all go': {
    async check(subject) {
      await twoSetAside(subject);
      expect(await subject.verbs.release([])).toBe(2);
      expect(await listed(subject)).toEqual([]);
      expect(await subject.verbs.release([])).toBe(0);
    },
    lie: () => ({ release: async () => 2 }),
  },
};
