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
import type { Clauses } from './suite.ts';
import { expectEntry, extendOf, getOne, put, SIGNAL, scanKeys, write } from './tier.steps.ts';

export type Coded = Tier & Reencryptable;
export type MakeCoded = (store: Tier, codec: Codec) => Coded;

export const TEXT = JSON.stringify(
  Array.from({ length: 30 }, (_, i) => ({ id: i, name: `market ${i % 7}` })),
);
export const [OLD, NEW] = [{ old: keyOf(1) }, { new: keyOf(2) }];
export const encrypting = () => codecOf({ keys: NEW });

export function store(): Tier {
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

export const CODED_CLAUSES: Clauses<MakeCoded> = {
  'stores fewer bytes of what can be compressed': async (make) => {
    const under = store();
    await put(make(under, codecOf()), entryOf('k', TEXT));
    expect((await held(under, 'k')).body.byteLength).toBeLessThan(TEXT.length / 2);
  },

  'stores nothing readable of what is encrypted': async (make) => {
    const under = store();
    await put(make(under, codecOf({ compress: 'none', keys: NEW })), entryOf('k', TEXT));
    expect(Buffer.from((await held(under, 'k')).body).includes('market')).toBe(false);
  },

  'stores no checksum of what is encrypted': async (make) => {
    const under = store();
    const entry = entryOf('k', TEXT);
    await put(make(under, encrypting()), entry);
    expect(JSON.stringify((await held(under, 'k')).head)).not.toContain(String(entry.head.checksum));
  },

  'returns no wrong body, whichever stored bit flips': async (make) => {
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

  'removes what turns out to be damaged, so that it does not count as warm': async (make) => {
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

  'reads what was encoded under another configuration': async (make) => {
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
};
