/** For each clause on coded tiers, a broken one that it must reject. A clause without a liar fails. */
import { describe, expect, it } from 'vitest';
import type { Entry, Head } from '../../src/core/entry.ts';
import { Events } from '../../src/core/events.ts';
import { identityOf, keyringOf } from '../../src/tiers/codec/cipher.ts';
import type { Codec, Opened } from '../../src/tiers/codec/codec.ts';
import { CodedTier } from '../../src/tiers/wrappers/coded-tier.ts';
import { keyOf } from '../support/codecs.ts';
import { CODED_CLAUSES, type Coded, type MakeCoded } from './coded.ts';
import { liar } from './liar.ts';

const honest: MakeCoded = (tier, codec) => new CodedTier({ tier, codec, events: new Events() });

/** A tier over a codec that lies. */
const codecThat =
  (lies: (codec: Codec) => Partial<Codec>): MakeCoded =>
  (store, codec) =>
    honest(store, liar(codec, lies(codec)));

/** A tier that lies over a codec that does not. */
const tierThat =
  (lies: (tier: Coded) => Partial<Coded>): MakeCoded =>
  (store, codec) => {
    const tier = honest(store, codec);
    return liar(tier, lies(tier));
  };

/** Writes everything anew with another head. */
function rewriting(change: (head: Head) => Partial<Head>): MakeCoded {
  return tierThat((tier) => ({
    reencrypt: async (_, signal) => {
      const entries: Entry[] = [];
      for await (const page of tier.scan('', signal)) {
        const keys = page.map(({ key }) => key);
        const found = await tier.getMany(keys, 'entry', signal);
        entries.push(...found.filter((entry) => entry !== undefined));
      }
      const changed = entries.map(({ head, body }) => ({ head: { ...head, ...change(head) }, body }));
      await tier.putMany(
        changed.map((entry) => ({ kind: 'put', entry }) as const),
        signal,
      );
      return changed.length;
    },
  }));
}

const opened = (entry: Entry): Opened => ({ kind: 'plain', entry });

/** Under one name for all, so that nothing is bound to a key. */
const unbound = (head: Head): Head => ({ ...head, key: 'any' });

const LIARS: Readonly<Record<string, MakeCoded>> = {
  'stores fewer bytes of what can be compressed': codecThat(() => ({ seal: (entry) => entry })),
  'lets nobody read in the store what is encrypted': codecThat(() => ({ seal: (entry) => entry })),
  'gives no checksum of what is encrypted to who reads the store': codecThat((codec) => ({
    seal: async (entry) => {
      const sealed = await codec.seal(entry);
      return { ...sealed, head: { ...sealed.head, checksum: entry.head.checksum } };
    },
  })),
  'gives no wrong body, whichever stored bit flips': codecThat(() => ({
    open: ({ head: { encoding: _, ...head }, body }) => opened({ head, body }),
  })),
  'takes the body of one key for that of no other': codecThat((codec) => ({
    seal: async ({ head, body }) => {
      const sealed = await codec.seal({ head: unbound(head), body });
      return { ...sealed, head: { ...sealed.head, key: head.key } };
    },
    open: (entry) => codec.open({ ...entry, head: unbound(entry.head) }),
  })),
  'removes what turns out to be damaged, so that nobody takes it for warm': codecThat((codec) => ({
    open: async (entry) => {
      const answer = await codec.open(entry);
      return answer.kind === 'damaged' ? { ...answer, kind: 'locked' } : answer;
    },
  })),
  'takes what it has no key for as a miss in every verb': codecThat(() => ({
    openHead: ({ encoding: _, ...head }) => opened({ head, body: Buffer.of() }),
  })),
  'leaves what it has no key for to those who have it': codecThat((codec) => ({
    open: async (entry) => {
      const answer = await codec.open(entry);
      return answer.kind === 'locked' ? { ...answer, kind: 'damaged' } : answer;
    },
  })),
  'reads what was encoded when the configuration was another one': codecThat(() => ({ open: opened })),
  'extends what is encrypted with an old key': codecThat(() => ({
    checksumsOf: (key, checksum) => {
      const master = keyringOf({ new: keyOf(2) }, 'new').keys.get('new');
      return master === undefined ? [] : [identityOf(master, key, checksum)];
    },
  })),
  'writes anew under the current key what is under an old one, no younger than it is': rewriting(
    ({ goneAt }) => ({ goneAt: goneAt + 60_000 }),
  ),
  'writes anew nothing over what became newer meanwhile': rewriting(({ stamp }) => ({ stamp: stamp + 100 })),
  'recodes no more at once than it is told to': tierThat((tier) => ({
    reencrypt: (_, signal) => tier.reencrypt(1_000, signal),
  })),
};

describe('the clauses on coded tiers', () => {
  it.each(Object.entries(CODED_CLAUSES))('hold: %s', async (_, clause) => {
    await clause(honest);
  });

  it.each(Object.entries(CODED_CLAUSES))('can fail: %s', async (sentence, clause) => {
    const broken = LIARS[sentence];
    if (broken === undefined) throw new Error('no liar breaks this clause');
    await expect(clause(broken)).rejects.toThrow();
  });

  it('are all that liars lie about', () => {
    expect(Object.keys(LIARS)).toEqual(Object.keys(CODED_CLAUSES));
  });
});
