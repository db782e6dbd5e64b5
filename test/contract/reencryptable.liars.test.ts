/** For each clause on reencryptable tiers, a broken one that it must reject. */
import type { Entry, Head } from '../../src/core/entry.ts';
import { codecThat, honest, tierThat } from './coded.steps.ts';
import type { MakeCoded } from './coded.ts';
import { REENCRYPTABLE_CLAUSES } from './reencryptable.ts';
import { describeContract, describeLiars } from './suite.ts';

/** Rewrites everything with another head. */
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

describeContract('the clauses on reencryptable tiers', REENCRYPTABLE_CLAUSES, () => honest);

describeLiars('the clauses on reencryptable tiers', REENCRYPTABLE_CLAUSES, () => honest, {
  'leaves alone what it has no key for': () =>
    codecThat((codec) => ({
      open: async (entry) => {
        const answer = await codec.open(entry);
        return answer.kind === 'locked' ? { ...answer, kind: 'damaged' } : answer;
      },
    })),
  'rewrites under the current key what is under an old one, and does not make it younger': () =>
    rewriting(({ goneAt }) => ({ goneAt: goneAt + 60_000 })),
  'rewrites nothing over what became newer meanwhile': () =>
    rewriting(({ stamp }) => ({ stamp: stamp + 100 })),
  'rewrites no more at once than its limit': () =>
    tierThat((tier) => ({
      reencrypt: (_, signal) => tier.reencrypt(1_000, signal),
    })),
});
