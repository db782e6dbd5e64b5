/** Cold keys by reason and by name, of large selections. */
import { expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { NO_FENCES } from '../../src/tiers/invalidation/fences.ts';
import { ColdKeys } from '../../src/verbs/cold-keys.ts';
import { MOST_SAMPLES } from '../../src/verbs/coverage.ts';
import { nothingFound } from '../../src/verbs/coverage-rows.ts';
import type { SourceFacts } from '../../src/verbs/explain/key-facts.ts';
import { buildJobs } from '../support/build-jobs.ts';
import { keysOf, sourceWith } from '../support/sources.ts';
import { verbsOf } from './verbs.steps.ts';

const NOTHING: SourceFacts = {
  ...{ processes: undefined, budget: undefined, lane: undefined },
  ...{ refreshes: [], runMakers: [], running: [] },
};

function cold(keys: readonly string[], samples: number, reasonOf = (key: string) => `${key} is odd`) {
  const records = {
    silence: undefined,
    get: async (_: string, of: readonly string[]) =>
      of.map((key) => ({
        ...{ key, dueAt: 0, keptUntil: undefined },
        failure: { outcome: 'failed' as const, reason: reasonOf(key), at: 0, count: 1, quarantined: false },
      })),
  };
  const stack = { fences: NO_FENCES };
  let looks = 0;
  // A millisecond goes by at each look.
  const clock = { ...systemClock, elapsed: () => (looks += 1) };
  const all = new ColdKeys({ records, stack, samples, clock, factsOf: async () => NOTHING });
  const page = (from: number) => ({
    ...{ source: sourceWith(), params: new Map(), unkeyed: 0, keys: keys.slice(from, from + 1_000) },
  });
  return { all, page };
}

test('reasons are counted apart up to a bound, and no key is left out of the sum', async () => {
  const keys = keysOf(3_000);
  const { all, page } = cold(keys, 0);
  for (let from = 0; from < keys.length; from += 1_000) await all.add(page(from), nothingFound(), 0);
  expect(all.reasons[0]).toEqual({ reason: 'other reasons', keys: 2_000 });
  expect(all.reasons).toHaveLength(5);
});

test('as many keys as may be named are explained in turns: nobody else in the process waits for all of them', async () => {
  const { all, page } = cold(keysOf(1_000), 1_000);
  await all.add(page(0), nothingFound(), 0);
  let turns = 0;
  let isDone = false;
  const others = () => {
    turns += 1;
    if (!isDone) setImmediate(others);
  };
  setImmediate(others);
  const named = await all.named();
  isDone = true;
  expect(named).toHaveLength(1_000);
  expect(named[999]).toMatchObject({ key: 'profile:m999', cause: 'failed' });
  expect(turns).toBeGreaterThan(50);
});

test('more samples than the API names are refused', async () => {
  const { check } = verbsOf(buildJobs());
  await expect(check('', MOST_SAMPLES + 1)).rejects.toMatchObject({ code: 'E_REQUEST_INVALID' });
});

test('calls that ended alike are one reason with an example, whatever their address', async () => {
  const keys = keysOf(30);
  const answered = (key: string) => `GET /prof/${key}?page=1 answered ${key.endsWith('3') ? 400 : 503}`;
  const { all, page } = cold(keys, 0, answered);
  await all.add(page(0), nothingFound(), 0);
  expect(all.reasons).toEqual([
    { reason: expect.stringMatching(/^failed: a call answered 503, such as GET \/prof\/\S+$/), keys: 27 },
    { reason: expect.stringMatching(/^failed: a call answered 400, such as GET \/prof\/\S+$/), keys: 3 },
  ]);
});
