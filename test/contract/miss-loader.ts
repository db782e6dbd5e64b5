/**
 * What every loader of missing keys promises, as data: a sentence and the proof of it. `describeMissLoader` makes a test of
 * each; the liars in `miss-loader.liars.test.ts` show that each can fail.
 */

import { describe, expect, it } from 'vitest';
import type { MissingKey, MissLoader } from '../../src/client/misses/miss-loader.ts';
import { isWarm, servableAt } from '../../src/core/freshness.ts';
import { NEVER } from '../../src/core/never.ts';
import type { Source } from '../../src/core/source.ts';
import type { Tier } from '../../src/tiers/tier.ts';
import { keysOf } from '../support/sources.ts';
import { within } from '../support/waiting.ts';

export interface MissLoaderSubject {
  readonly loader: MissLoader;
  /** Of keys `profile:{market}`; a loader that waits for others gives up after a second. */
  readonly source: Source;
  /** Where it stores what it loads. */
  readonly tier: Pick<Tier, 'getMany'>;
  readonly now: () => number;
  /** From now on these keys cannot be loaded. */
  readonly fail: (keys: readonly string[]) => void;
  /** From now on loading takes for ever. Resolves, once a load has begun. */
  readonly hold: () => { readonly begun: Promise<void> };
  /** Takes Redis away. */
  readonly cutOff: () => Promise<void>;
}

export type MissLoaderClause = (subject: MissLoaderSubject) => Promise<void>;

const BOUND_MS = 5_000;

function missing(...keys: readonly string[]): MissingKey[] {
  return keys.map((key) => ({ key, params: undefined, newerThan: 0 }));
}

/** Loads these, and returns what was reported by the end. */
async function load({ loader, source }: MissLoaderSubject, keys: readonly MissingKey[]): Promise<string[]> {
  const reported: string[] = [];
  await within(
    BOUND_MS,
    'the end of a load',
    loader.load(source, keys, (loaded) => void reported.push(...loaded), NEVER),
  );
  return reported;
}

export const MISS_LOADER_CLAUSES: Readonly<Record<string, MissLoaderClause>> = {
  'reports every key once': async (subject) => {
    const keys = keysOf(5);
    expect((await load(subject, missing(...keys))).toSorted()).toEqual(keys);
  },

  'reports a key only when it can be read': async ({ loader, source, tier, now }) => {
    const reads: Promise<boolean[]>[] = [];
    const read = async (keys: readonly string[]) =>
      (await tier.getMany(keys, 'head', NEVER)).map((entry) => isWarm(servableAt(entry?.head, now())));
    await loader.load(source, missing(...keysOf(5)), (keys) => void reads.push(read(keys)), NEVER);
    expect((await Promise.all(reads)).flat()).toEqual([true, true, true, true, true]);
  },

  'ends without a report of what it cannot load, and loads the rest': async (subject) => {
    const [first = '', second = '', third = ''] = keysOf(3);
    subject.fail([second]);
    expect((await load(subject, missing(first, second, third))).toSorted()).toEqual([first, third]);
  },

  'resolves to why it could not load what it did not report': async (subject) => {
    const [first = '', second = ''] = keysOf(2);
    subject.fail([second]);
    const { loader, source } = subject;
    const loading = loader.load(source, missing(first, second), () => undefined, NEVER);
    const failures = await within(BOUND_MS, 'the end of a load', loading);
    expect([...failures.keys()]).toEqual([second]);
    expect(failures.get(second)).not.toBe('');
  },

  'loads keys whose params only the caller knows': async (subject) => {
    const params = { market: 'm'.repeat(300) };
    const key = subject.source.key.build(params);
    expect(key).toContain('#');
    expect(await load(subject, [{ key, params, newerThan: 0 }])).toEqual([key]);
  },

  'loads again what it loaded before, as when it was dropped since': async (subject) => {
    const keys = keysOf(2);
    await load(subject, missing(...keys));
    expect((await load(subject, missing(...keys))).toSorted()).toEqual(keys);
  },

  'rejects with the reason soon after its signal aborts': async (subject) => {
    const { begun } = subject.hold();
    const enough = new AbortController();
    const loading = subject.loader.load(
      subject.source,
      missing(...keysOf(1)),
      () => undefined,
      enough.signal,
    );
    const settled = expect(within(BOUND_MS, 'the end of a load', loading)).rejects.toThrow('enough');
    await begun;
    enough.abort(new Error('enough'));
    await settled;
  },

  'rejects with E_REDIS_UNAVAILABLE when it cannot work without Redis': async (subject) => {
    await subject.cutOff();
    await expect(load(subject, missing(...keysOf(1)))).rejects.toMatchObject({ code: 'E_REDIS_UNAVAILABLE' });
  },
};

/** Clauses that a loader cannot break, and why. */
export type MissLoaderExceptions = Readonly<Record<string, string>>;

export function describeMissLoader(
  name: string,
  create: () => Promise<MissLoaderSubject> | MissLoaderSubject,
  except: MissLoaderExceptions = {},
): void {
  describe(`the contract of loading missing keys, on ${name}`, () => {
    for (const [sentence, clause] of Object.entries(MISS_LOADER_CLAUSES)) {
      if (except[sentence] === undefined) it(sentence, async () => clause(await create()));
    }

    it('excepts only clauses that exist, with a reason', () => {
      for (const [sentence, reason] of Object.entries(except)) {
        expect(Object.keys(MISS_LOADER_CLAUSES)).toContain(sentence);
        expect(reason).not.toBe('');
      }
    });
  });
}
