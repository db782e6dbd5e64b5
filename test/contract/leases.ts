/**
 * What leases promise, as data: a sentence and the proof of it. `describeLeases` makes a test of each; the liars in
 * `leases.liars.test.ts` show that each can fail.
 */
import { describe, expect, it } from 'vitest';
import type { Leases } from '../../src/client/misses/leases.ts';
import { until } from '../support/waiting.ts';

export interface LeasesSubject {
  /** Of two processes. */
  readonly here: Leases;
  readonly there: Leases;
  /** Takes Redis away from both. */
  readonly cutOff: () => Promise<void>;
}

export type LeasesClause = (subject: LeasesSubject) => Promise<void>;

const LONG = 60_000;
/** Long enough for the next call to come in time on a busy machine. */
const SHORT = 500;
/** What ends after `SHORT` has ended by then. */
const BOUND = 3_000;

/** Resolves when a key can be taken. */
function free(leases: Leases, key: string): Promise<unknown> {
  return until(
    `the end of the lease of ${key}`,
    () => leases.take('profile', [key], LONG),
    ([state]) => state === 'taken',
    BOUND,
  );
}

export const LEASES_CLAUSES: Readonly<Record<string, LeasesClause>> = {
  'gives a key to one process': async ({ here, there }) => {
    expect(await here.take('profile', ['a', 'b'], LONG)).toEqual(['taken', 'taken']);
    expect(await there.take('profile', ['b', 'c'], LONG)).toEqual(['held', 'taken']);
  },

  'gives a key again to the process that has it, so that a lost reply does no harm': async ({ here }) => {
    await here.take('profile', ['a'], LONG);
    expect(await here.take('profile', ['a'], LONG)).toEqual(['taken']);
  },

  'keeps keys of different sources apart': async ({ here, there }) => {
    await here.take('profile', ['a'], LONG);
    expect(await there.take('quote', ['a'], LONG)).toEqual(['taken']);
  },

  'frees what its process releases': async ({ here, there }) => {
    await here.take('profile', ['a', 'b'], LONG);
    await here.release('profile', ['a']);
    expect(await there.take('profile', ['a', 'b'], LONG)).toEqual(['taken', 'held']);
  },

  'keeps what another process releases': async ({ here, there }) => {
    await here.take('profile', ['a'], LONG);
    await there.release('profile', ['a']);
    expect(await there.take('profile', ['a'], LONG)).toEqual(['held']);
  },

  'ends a lease by itself': async ({ here, there }) => {
    await here.take('profile', ['a'], SHORT);
    await free(there, 'a');
  },

  'prolongs what its process keeps': async ({ here, there }) => {
    await here.take('profile', ['a', 'b'], SHORT);
    await here.keep('profile', ['a'], LONG);
    await free(there, 'b');
    expect(await there.take('profile', ['a'], LONG)).toEqual(['held']);
  },

  'does not prolong what another process has': async ({ here, there }) => {
    await here.take('profile', ['a'], SHORT);
    await there.keep('profile', ['a'], LONG);
    await free(there, 'a');
  },

  'gives a key that backs off to no process': async ({ here, there }) => {
    await here.take('profile', ['a'], LONG);
    await here.backOff('profile', ['a'], LONG);
    expect(await there.take('profile', ['a'], LONG)).toEqual(['backing-off']);
    expect(await here.take('profile', ['a'], LONG)).toEqual(['backing-off']);
  },

  'gives a key again once its back-off is over': async ({ here, there }) => {
    await here.take('profile', ['a'], LONG);
    await here.backOff('profile', ['a'], SHORT);
    await free(there, 'a');
  },

  'lets a key back off only at the word of the process that has it': async ({ here, there }) => {
    await here.take('profile', ['a'], LONG);
    await there.backOff('profile', ['a'], LONG);
    expect(await here.take('profile', ['a'], LONG)).toEqual(['taken']);
  },

  'is first to mark a key in one process only': async ({ here, there }) => {
    expect(await here.mark('profile', ['a', 'b'], LONG)).toEqual([true, true]);
    expect(await there.mark('profile', ['b', 'c'], LONG)).toEqual([false, true]);
  },

  'forgets a mark after its time': async ({ here, there }) => {
    await here.mark('profile', ['a'], SHORT);
    await until(
      'the end of a mark',
      () => there.mark('profile', ['a'], SHORT),
      ([isFirst]) => isFirst === true,
      BOUND,
    );
  },

  'takes thousands of keys, each in its place': async ({ here, there }) => {
    const keys = Array.from({ length: 1_234 }, (_, i) => `k${i}`);
    const odd = keys.filter((_, i) => i % 2 === 1);
    await here.take('profile', odd, LONG);
    expect(await there.take('profile', keys, LONG)).toEqual(
      keys.map((_, i) => (i % 2 === 1 ? 'held' : 'taken')),
    );
  },

  'rejects with E_REDIS_UNAVAILABLE while Redis is away, and knows it': async ({ here, cutOff }) => {
    await here.take('profile', ['a'], LONG);
    expect(here.reachable()).toBe(true);
    await cutOff();
    expect(here.reachable()).toBe(false);
    const error = { code: 'E_REDIS_UNAVAILABLE' };
    await expect(here.take('profile', ['a'], LONG)).rejects.toMatchObject(error);
    await expect(here.keep('profile', ['a'], LONG)).rejects.toMatchObject(error);
    await expect(here.release('profile', ['a'])).rejects.toMatchObject(error);
    await expect(here.backOff('profile', ['a'], LONG)).rejects.toMatchObject(error);
    await expect(here.mark('profile', ['a'], LONG)).rejects.toMatchObject(error);
  },
};

export function describeLeases(name: string, create: () => Promise<LeasesSubject>): void {
  describe(`the contract of leases, on ${name}`, () => {
    for (const [sentence, clause] of Object.entries(LEASES_CLAUSES)) {
      it(sentence, async () => clause(await create()));
    }
  });
}
