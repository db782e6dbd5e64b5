/** Quarantine. */
import { expect } from 'vitest';
import { quarantinePage } from '../../src/verbs/quarantine-shapes.ts';
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
      quarantine: async (limit) => {
        const page = await verbs.quarantine(limit);
        return { ...page, keys: page.keys.toReversed() };
      },
    }),
  },

  'a list goes on page by page, each key on one, and says how many there are': {
    async check(subject) {
      await twoSetAside(subject);
      const [a, b] = subject.keys;
      const { keys, cursor, total } = await subject.verbs.quarantine(1, { source: 'profile' });
      const next = await subject.verbs.quarantine(1, { source: 'profile', cursor: cursor ?? '' });
      expect([keys[0]?.key, next.keys[0]?.key]).toEqual([b, a]);
      expect([total, next.total, next.cursor]).toEqual([2, 2, null]);
    },
    lie: ({ verbs }) => ({ quarantine: (limit, { cursor: _, ...of } = {}) => verbs.quarantine(limit, of) }),
  },

  'what is asked for of a source or an origin is of that, and a name that is none is refused': {
    async check(subject) {
      await twoSetAside(subject);
      const { verbs } = subject;
      const [known] = (await verbs.quarantine(1)).keys;
      const { source = '', origin = '' } = known ?? {};
      expect((await verbs.quarantine(10, { source, origin })).total).toBe(2);
      await expect(verbs.quarantine(10, { source: 'nobody' })).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
      await expect(verbs.release([], { origin: 'nobody' })).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
      expect(await verbs.release([], { origin })).toBe(2);
    },
    lie: ({ verbs }) => ({ release: (keys) => verbs.release(keys) }),
  },

  'releasing named keys of a source is refused: it is one or the other': {
    async check(subject) {
      await twoSetAside(subject);
      const released = subject.verbs.release([subject.keys[0] ?? ''], { source: 'profile' });
      await expect(released).rejects.toMatchObject({ code: 'E_REQUEST_INVALID' });
      expect(await listed(subject)).toHaveLength(2);
    },
    lie: ({ verbs }) => ({ release: (keys) => verbs.release(keys) }),
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
