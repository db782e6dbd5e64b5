/**
 * What a coded tier promises beyond the contract of tiers, as data: a sentence and the proof of it. `coded.liars.test.ts`
 * shows that each can fail.
 */
import { expect } from 'vitest';
import type { Entry } from '../../src/core/entry.ts';
import type { Codec } from '../../src/tiers/codec/codec.ts';
import { MemoryTier } from '../../src/tiers/memory/memory-tier.ts';
import type { Tier } from '../../src/tiers/tier.ts';
import type { Reencryptable } from '../../src/tiers/wrappers/reencryptable.ts';
import { codecOf, keyOf } from '../support/codecs.ts';
import { entryOf } from '../support/entries.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { liar } from './liar.ts';
import { expectEntry, extendOf, getOne, put, SIGNAL, scanKeys, write } from './tier.steps.ts';

export type Coded = Tier & Reencryptable;
export type MakeCoded = (store: Tier, codec: Codec) => Coded;
export type CodedClause = (make: MakeCoded) => Promise<void>;

const TEXT = JSON.stringify(Array.from({ length: 30 }, (_, i) => ({ id: i, name: `market ${i % 7}` })));
const [OLD, NEW] = [{ old: keyOf(1) }, { new: keyOf(2) }];
const encrypting = () => codecOf({ keys: NEW });

function store(): Tier {
  return new MemoryTier({ maxSize: 16e6, clock: new FakeClock() });
}

async function held(tier: Tier, key: string): Promise<Entry> {
  const entry = await getOne(tier, key);
  if (entry === undefined) throw new Error(`"${key}" is not stored`);
  return entry;
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

export const CODED_CLAUSES: Readonly<Record<string, CodedClause>> = {
  'stores fewer bytes of what can be compressed': async (make) => {
    const under = store();
    await put(make(under, codecOf()), entryOf('k', TEXT));
    expect((await held(under, 'k')).body.byteLength).toBeLessThan(TEXT.length / 2);
  },

  'lets nobody read in the store what is encrypted': async (make) => {
    const under = store();
    await put(make(under, codecOf({ compress: 'none', keys: NEW })), entryOf('k', TEXT));
    expect(Buffer.from((await held(under, 'k')).body).includes('market')).toBe(false);
  },

  'gives no checksum of what is encrypted to who reads the store': async (make) => {
    const under = store();
    const entry = entryOf('k', TEXT);
    await put(make(under, encrypting()), entry);
    expect(JSON.stringify((await held(under, 'k')).head)).not.toContain(String(entry.head.checksum));
  },

  'gives no wrong body, whichever stored bit flips': async (make) => {
    const under = store();
    const tier = make(under, encrypting());
    await put(tier, entryOf('k', TEXT));
    const whole = await held(under, 'k');
    for (let bit = 0; bit < whole.body.byteLength * 8; bit += 1) {
      await put(under, { ...whole, body: flipped(whole.body, bit) });
      expect(await getOne(tier, 'k'), `bit ${bit}`).toBeUndefined();
    }
  },

  'takes the body of one key for that of no other': async (make) => {
    const under = store();
    const tier = make(under, encrypting());
    await put(tier, entryOf('mine', TEXT));
    const { head, body } = await held(under, 'mine');
    await put(under, { head: { ...head, key: 'theirs' }, body });
    expect(await getOne(tier, 'theirs')).toBeUndefined();
  },

  'removes what turns out to be damaged, so that nobody takes it for warm': async (make) => {
    const under = store();
    const tier = make(under, encrypting());
    const entry = entryOf('k', TEXT);
    await put(tier, entry);
    const whole = await held(under, 'k');
    await put(under, { ...whole, body: flipped(whole.body, 200) });
    await getOne(tier, 'k');
    expect(await tier.getMany(['k'], 'head', SIGNAL)).toEqual([undefined]);
    await put(tier, entry);
    await expectEntry(tier, entry);
  },

  'takes what it has no key for as a miss in every verb': async (make) => {
    const under = store();
    await put(make(under, codecOf({ keys: OLD })), entryOf('k', TEXT));
    const other = make(under, encrypting());
    expect(await other.getMany(['k'], 'entry', SIGNAL)).toEqual([undefined]);
    expect(await other.getMany(['k'], 'head', SIGNAL)).toEqual([undefined]);
    expect(await scanKeys(other, '')).toEqual([]);
  },

  'leaves what it has no key for to those who have it': async (make) => {
    const under = store();
    const theirs = make(under, codecOf({ keys: OLD }));
    const entry = entryOf('k', TEXT);
    await put(theirs, entry);
    const other = make(under, encrypting());
    await getOne(other, 'k');
    await other.reencrypt(10, SIGNAL);
    await expectEntry(theirs, entry);
  },

  'reads what was encoded when the configuration was another one': async (make) => {
    const under = store();
    const entry = entryOf('k', TEXT);
    await put(make(under, codecOf({ compress: 'gzip' })), entry);
    await expectEntry(make(under, codecOf({ compress: 'none' })), entry);
  },

  'extends what is encrypted with an old key': async (make) => {
    const under = store();
    const entry = entryOf('k', TEXT, { stamp: 5 });
    await put(make(under, codecOf({ keys: OLD })), entry);
    const extend = extendOf(entry, 6, 1_000);
    expect(await write(make(under, codecOf({ keys: { ...NEW, ...OLD } })), extend)).toBe('written');
  },

  'writes anew under the current key what is under an old one, no younger than it is': async (make) => {
    const under = store();
    const entry = entryOf('k', TEXT, { stamp: 5 });
    await put(make(under, codecOf({ keys: OLD })), entry);
    const tier = make(under, codecOf({ keys: { ...NEW, ...OLD } }));
    expect(await tier.reencrypt(10, SIGNAL)).toBe(1);
    await expectEntry(make(under, encrypting()), entry);
  },

  'writes anew nothing over what became newer meanwhile': async (make) => {
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

  'recodes no more at once than it is told to': async (make) => {
    const under = store();
    const entries = Array.from({ length: 10 }, (_, i) => entryOf(`k:${i}`, TEXT));
    await put(make(under, codecOf({ keys: OLD })), ...entries);
    const tier = make(under, codecOf({ keys: { ...NEW, ...OLD } }));
    expect([await tier.reencrypt(4, SIGNAL), await tier.reencrypt(100, SIGNAL)]).toEqual([4, 6]);
  },
};
