/**
 * What a reencryptable tier promises, as data: a sentence and the proof of it. `reencryptable.liars.test.ts` shows that
 * each can fail.
 */
import { expect } from 'vitest';
import { codecOf } from '../support/codecs.ts';
import { entryOf } from '../support/entries.ts';
import { encrypting, type MakeCoded, NEW, OLD, store, TEXT } from './coded.ts';
import { liar } from './liar.ts';
import type { Clauses } from './suite.ts';
import { expectEntry, getOne, put, SIGNAL } from './tier.steps.ts';

export const REENCRYPTABLE_CLAUSES: Clauses<MakeCoded> = {
  'leaves alone what it has no key for': async (make) => {
    const under = store();
    const theirs = make(under, codecOf({ keys: OLD }));
    const entry = entryOf('k', TEXT);
    await put(theirs, entry);
    const other = make(under, encrypting());
    await getOne(other, 'k');
    await other.reencrypt(10, SIGNAL);
    await expectEntry(theirs, entry);
  },

  'rewrites under the current key what is under an old one, and does not make it younger': async (make) => {
    const under = store();
    const entry = entryOf('k', TEXT, { stamp: 5 });
    await put(make(under, codecOf({ keys: OLD })), entry);
    const tier = make(under, codecOf({ keys: { ...NEW, ...OLD } }));
    expect(await tier.reencrypt(10, SIGNAL)).toBe(1);
    await expectEntry(make(under, encrypting()), entry);
  },

  'rewrites nothing over what became newer meanwhile': async (make) => {
    const under = store();
    const both = codecOf({ keys: { ...NEW, ...OLD } });
    await put(make(under, codecOf({ keys: OLD })), entryOf('k', TEXT, { stamp: 5 }));
    const newer = entryOf('k', `${TEXT} newer`, { stamp: 6 });
    const late = liar(under, {
      putMany: async (...args) => {
        await put(make(under, both), newer);
        return under.putMany(...args);
      },
    });
    await make(late, both).reencrypt(10, SIGNAL);
    await expectEntry(make(under, both), newer);
  },

  'rewrites no more at once than its limit': async (make) => {
    const under = store();
    const entries = Array.from({ length: 10 }, (_, i) => entryOf(`k:${i}`, TEXT));
    await put(make(under, codecOf({ keys: OLD })), ...entries);
    const tier = make(under, codecOf({ keys: { ...NEW, ...OLD } }));
    expect([await tier.reencrypt(4, SIGNAL), await tier.reencrypt(100, SIGNAL)]).toEqual([4, 6]);
  },
};
