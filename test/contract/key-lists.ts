/** What every store of key lists must do, and for each clause a store that does not. */
import { describe, expect, test } from 'vitest';
import { type KeyLists, type KeyPage, UNKEPT_MS } from '../../src/catalog/runs/key-lists.ts';
import { liar } from './liar.ts';

export interface KeyListsSubject {
  readonly lists: KeyLists;
  /** In how many ms a list goes by itself; undefined when it stays, or is not there. */
  readonly goesIn: (run: string, list: string) => Promise<number | undefined>;
}

export interface KeyListsClause {
  readonly check: (subject: KeyListsSubject) => Promise<void>;
  readonly lie: (honest: KeyListsSubject) => KeyLists;
}

const PAGES: readonly KeyPage[] = [
  { source: 'quote', keys: ['quote:a', 'quote:b'], params: new Map() },
  { source: 'text', keys: ['text:#x'], params: new Map([['text:#x', { text: 'long', lang: 'de' }]]) },
];

export const keyListsClauses: Readonly<Record<string, KeyListsClause>> = {
  'gives back each page as it was written, and nothing behind the last': {
    async check({ lists }) {
      await lists.write('r1', 'a', PAGES);
      const read = await Promise.all([0, 1, 2].map((page) => lists.page('r1', 'a', page)));
      expect(read).toEqual([...PAGES, undefined]);
    },
    lie: ({ lists }) =>
      liar(lists, {
        async page(...asked) {
          const page = await lists.page(...asked);
          return page && { ...page, params: new Map() };
        },
      }),
  },

  'keeps lists of one run apart by their names, and those of two runs': {
    async check({ lists }) {
      await lists.write('r1', 'a', PAGES.slice(0, 1));
      await lists.write('r1', 'b', PAGES.slice(1));
      await lists.write('r2', 'a', PAGES.slice(1));
      expect(await lists.page('r1', 'a', 0)).toEqual(PAGES[0]);
      await lists.forget('r1', 'b');
      expect(await lists.page('r1', 'a', 0)).toEqual(PAGES[0]);
      expect(await lists.page('r2', 'a', 0)).toEqual(PAGES[1]);
    },
    lie: ({ lists }) => liar(lists, { write: (run, _, pages) => lists.write(run, 'a', pages) }),
  },

  'lets a list go by itself unless it is kept': {
    async check({ lists, goesIn }) {
      await lists.write('r1', 'a', PAGES);
      expect(await goesIn('r1', 'a')).toBeGreaterThan(UNKEPT_MS - 60_000);
      await lists.keep('r1', 'a');
      expect(await goesIn('r1', 'a')).toBeUndefined();
      expect(await lists.page('r1', 'a', 1)).toEqual(PAGES[1]);
    },
    lie: ({ lists }) => liar(lists, { keep: async () => {} }),
  },

  'forgets a list that is not wanted any more, be it twice, or kept afterwards': {
    async check({ lists }) {
      await lists.write('r1', 'a', PAGES);
      await lists.forget('r1', 'a');
      await lists.forget('r1', 'a');
      await lists.keep('r1', 'a');
      expect(await lists.page('r1', 'a', 0)).toBeUndefined();
    },
    lie: ({ lists }) => liar(lists, { forget: async () => {} }),
  },
};

/** Runs the clauses on lists of one's own: each gets a new, empty store. */
export function describeKeyLists(name: string, create: () => KeyListsSubject): void {
  describe(`the contract of key lists, kept by ${name}`, () => {
    for (const [sentence, { check }] of Object.entries(keyListsClauses))
      test(sentence, () => check(create()));
  });
}
