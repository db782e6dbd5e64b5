/** For each clause of the contract of fences, broken fences that it must reject. A clause without a liar fails. */
import { describe, expect, it } from 'vitest';
import { ALL, type Fences, ofSource } from '../../src/tiers/invalidation/fences.ts';
import { type TwoFences, twoFences } from '../support/fences.ts';
import { connectRedis } from '../support/redis.ts';
import { FENCES_CLAUSES } from './fences.ts';
import { liar } from './liar.ts';

type Honest = TwoFences & { readonly prefix: string };
type Lie = (honest: Honest) => Partial<Fences> | { readonly here?: Fences; readonly there?: Fences };

/** Both processes lie. */
const both =
  (lie: (fences: Fences, honest: Honest) => Partial<Fences>): Lie =>
  (honest) => ({
    here: liar<Fences>(honest.here, lie(honest.here, honest)),
    there: liar<Fences>(honest.there, lie(honest.there, honest)),
  });

/** Without comparing stamps: whatever is fenced at all is hidden for ever. */
const withoutStamps = both((fences) => ({
  modeOf: (entry) => fences.modeOf({ ...entry, stamp: 1 }),
}));

/** The fence is recorded in a step of its own, after others may have been. */
const inTwoSteps: Lie = ({ here, there, prefix }) => {
  const redis = connectRedis();
  const late = (fences: Fences): Fences =>
    liar(fences, {
      raise: async (targets, mode) => {
        const raised = await fences.raise(targets, mode);
        const late = raised.flatMap(({ origin, target, stamp }) => {
          const key = `${prefix}:{o:${origin}}:fences`;
          // Its stamp was taken earlier than it is recorded.
          return [redis.zadd(key, stamp - 1_000_000, `${mode} ${target}`)];
        });
        await Promise.all(late);
        return raised;
      },
    });
  return { here: late(here), there: late(there) };
};

const LIARS: Readonly<Record<keyof typeof FENCES_CLAUSES, Lie>> = {
  'keeps a fence for as long as a value was said to live': both(() => ({ keepFor: async () => undefined })),
  'hides nothing as long as nothing was raised': both(() => ({ modeOf: () => 'stale' })),
  'hides every value of a source that was fetched before, and no other': both((fences) => ({
    raise: (_, mode) => fences.raise([ALL], mode),
  })),
  'hides every value with a tag, whatever its origin, and none without it': both((fences) => ({
    modeOf: (entry) => fences.modeOf({ ...entry, tags: entry.tags.slice(0, 1) }),
  })),
  'hides what its source would tag so now, whatever it carries': both((fences) => ({
    modeOf: (entry) => (entry.tags.length === 0 ? undefined : fences.modeOf(entry)),
  })),
  'hides what may be tagged so, where neither the key nor what is beside it tells': both((fences) => ({
    modeOf: (entry) => fences.modeOf({ ...entry, params: { region: 'elsewhere', ...entry.params } }),
  })),
  'hides every value whose key starts so, whatever its origin, and no other': both((fences) => ({
    modeOf: (entry) => fences.modeOf({ ...entry, key: `${entry.key}2` }),
  })),
  'hides everything when everything is meant': both((fences) => ({
    raise: (_, mode) => fences.raise([ofSource('profile')], mode),
  })),
  'leaves alone what began to be fetched after it, at every origin': withoutStamps,
  'answers the fences as other processes judge by them': both((fences) => ({
    raise: async (targets, mode) =>
      (await fences.raise(targets, mode)).map((fence) => ({ ...fence, stamp: fence.stamp - 1 })),
  })),
  'names the fences that hide a value, the latest first, and no other': both((fences) => ({
    over: (entry) => fences.over({ ...entry, stamp: 1 }),
  })),
  'lets drop win over stale, in either order': both((fences) => ({
    modeOf: (entry) => (fences.modeOf(entry) === undefined ? undefined : 'stale'),
  })),
  'hides again what was fetched since, when it is raised again': both((fences) => {
    let asked = false;
    return {
      sync: async () => {
        if (!asked) await fences.sync();
        asked = true;
        return true;
      },
    };
  }),
  'misses no fence however many are raised at the same time': inTwoSteps,
  'takes over what it is told, without asking': both(() => ({ learn: () => undefined })),
  'knows nothing of a moment that has not been asked about': both(() => ({ isKnownSince: () => true })),
  'shows a dropped value as a tombstone, and a stale one as past its ttl on any clock': both(() => ({
    see: (head) => head,
  })),
};

describe('each clause of the contract of fences rejects fences that break it', () => {
  it('has a liar for every clause', () => {
    expect(Object.keys(LIARS).sort()).toEqual(Object.keys(FENCES_CLAUSES).sort());
  });

  for (const [sentence, lie] of Object.entries(LIARS)) {
    it(sentence, async () => {
      const honest = twoFences();
      const clause = FENCES_CLAUSES[sentence];
      await expect(clause?.({ ...honest, ...lie(honest) })).rejects.toThrow();
    });
  }
});
