/** For each clause on coded tiers, a broken one that it must reject. A clause without a liar fails. */
import type { Entry, Head } from '../../src/core/entry.ts';
import { identityOf, keyringOf } from '../../src/tiers/codec/cipher.ts';
import type { Opened } from '../../src/tiers/codec/codec.ts';
import { keyOf } from '../support/codecs.ts';
import { codecThat, honest } from './coded.steps.ts';
import { CODED_CLAUSES } from './coded.ts';
import { describeContract, describeLiars } from './suite.ts';

const opened = (entry: Entry): Opened => ({ kind: 'plain', entry });

/** Under one name for all, so that nothing is bound to a key. */
const unbound = (head: Head): Head => ({ ...head, key: 'any' });

describeContract('the clauses on coded tiers', CODED_CLAUSES, () => honest);

describeLiars('the clauses on coded tiers', CODED_CLAUSES, () => honest, {
  'stores fewer bytes of what can be compressed': () => codecThat(() => ({ seal: (entry) => entry })),
  'stores nothing readable of what is encrypted': () => codecThat(() => ({ seal: (entry) => entry })),
  'stores no checksum of what is encrypted': () =>
    codecThat((codec) => ({
      seal: async (entry) => {
        const sealed = await codec.seal(entry);
        return { ...sealed, head: { ...sealed.head, checksum: entry.head.checksum } };
      },
    })),
  'returns no wrong body, whichever stored bit flips': () =>
    codecThat(() => ({
      open: ({ head: { encoding: _, ...head }, body }) => opened({ head, body }),
    })),
  'takes the body of one key for that of no other': () =>
    codecThat((codec) => ({
      seal: async ({ head, body }) => {
        const sealed = await codec.seal({ head: unbound(head), body });
        return { ...sealed, head: { ...sealed.head, key: head.key } };
      },
      open: (entry) => codec.open({ ...entry, head: unbound(entry.head) }),
    })),
  'removes what turns out to be damaged, so that it does not count as warm': () =>
    codecThat((codec) => ({
      open: async (entry) => {
        const answer = await codec.open(entry);
        return answer.kind === 'damaged' ? { ...answer, kind: 'locked' } : answer;
      },
    })),
  'takes what it has no key for as a miss in every verb': () =>
    codecThat(() => ({
      openHead: ({ encoding: _, ...head }) => opened({ head, body: Buffer.of() }),
    })),
  'reads what was encoded under another configuration': () => codecThat(() => ({ open: opened })),
  'extends what is encrypted with an old key': () =>
    codecThat(() => ({
      checksumsOf: (key, checksum) => {
        const master = keyringOf({ new: keyOf(2) }, 'new').keys.get('new');
        return master === undefined ? [] : [identityOf(master, key, checksum)];
      },
    })),
});
