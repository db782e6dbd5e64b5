/** One bad key of a call: the others are warmed, and it fails alone, with what the origin said of it. */
import { describe, expect, test } from 'vitest';
import { OriginError } from '../../../src/core/errors.ts';
import type { OriginRequest } from '../../../src/origins/origin.ts';
import { buildJobs, type Jobs } from '../../support/build-jobs.ts';
import { drive } from '../../support/fake-clock.ts';
import { bodyOf, failing, type Script } from '../../support/scripted-origin.ts';
import { keysOf, sourceWith } from '../../support/sources.ts';
import { warm } from '../warm.steps.ts';

const BATCHED = sourceWith({ keysPerCall: 100 });
const KEYS = keysOf(100);

type Refusal = (bad: string | undefined, requests: readonly OriginRequest[]) => OriginError;

const refused: Refusal = (bad) =>
  new OriginError('permanent', `answered 400: no such id ${bad}`, { refusesBatch: true });
const broken: Refusal = (bad) => new OriginError('retryable', `answered 500: ${bad}`);

/** An origin that answers every call but those with a bad key in it. */
function spoiledBy(bad: ReadonlySet<string>, failure: Refusal): Script {
  return (requests) => {
    const found = requests.find(({ key }) => bad.has(key));
    if (found !== undefined) throw failure(found.key, requests);
    return requests.map(({ key }) => bodyOf(`"${key}"`));
  };
}

async function warmAll(jobs: Jobs, keys = KEYS) {
  const result = await drive(jobs.clock, warm(jobs, { keys }), 50);
  const warmed = Object.values(result.ended).filter((outcome) => outcome === 'warmed').length;
  return { ...result, warmed };
}

describe('a call that is refused because of one key', () => {
  test.each([0, 42, 99])('fails for key %d alone, in at most 14 more calls', async (place) => {
    const jobs = buildJobs({ sources: [BATCHED] });
    const bad = KEYS[place] ?? '';
    jobs.origin.answer(spoiledBy(new Set([bad]), refused));
    const { warmed, ended, unfinished } = await warmAll(jobs);
    expect(warmed).toBe(99);
    expect(ended[bad]).toBe(`failed: answered 400: no such id ${bad}`);
    expect(unfinished).toEqual([]);
    expect(jobs.origin.calls.length).toBeLessThanOrEqual(15);
  });

  test('and that keeps failing with 500 is cut as well, and the origin is not paused', async () => {
    const jobs = buildJobs({ sources: [BATCHED] });
    const [bad = ''] = KEYS.slice(17);
    jobs.origin.answer(spoiledBy(new Set([bad]), broken));
    const { warmed, unfinished, deferred } = await warmAll(jobs);
    expect(warmed).toBe(99);
    expect(unfinished).toEqual([{ index: 17, reason: `answered 500: ${bad}` }]);
    expect(deferred).toBeUndefined();
    expect(jobs.origin.calls.length).toBeLessThanOrEqual(3 + 14);
  });
});

describe('a call with several bad keys', () => {
  test.each([
    ['side by side', [0, 1, 2]],
    ['in every quarter', [3, 30, 60, 90]],
    ['at both ends', [0, 99]],
  ])('%s is sorted out', async (_, places) => {
    const jobs = buildJobs({ sources: [BATCHED] });
    const bad = new Set(places.map((place) => KEYS[place] ?? ''));
    jobs.origin.answer(spoiledBy(bad, refused));
    const { warmed } = await warmAll(jobs);
    expect(warmed).toBe(100 - bad.size);
    expect(jobs.origin.calls.length).toBeLessThanOrEqual(1 + 14 * places.length);
  });

  test.each([2, 4, 10])(
    'is sorted out where every %dth is bad, and each fails with its own reason',
    async (nth) => {
      const jobs = buildJobs({ sources: [BATCHED] });
      const keys = keysOf(300);
      const bad = new Set(keys.filter((_, i) => i % nth === 0));
      jobs.origin.answer(spoiledBy(bad, refused));
      const { ended, warmed, unfinished } = await warmAll(jobs, keys);
      expect(warmed).toBe(300 - bad.size);
      for (const key of bad) expect(ended[key]).toBe(`failed: answered 400: no such id ${key}`);
      expect(unfinished).toEqual([]);
      // Each by itself would be 300.
      expect(jobs.origin.calls.length).toBeLessThanOrEqual(nth === 2 ? 400 : 360);
    },
  );
});

describe('a call of which no part is answered', () => {
  test('and that is refused fails as a whole, in a bounded number of calls', async () => {
    const jobs = buildJobs({ sources: [BATCHED] });
    jobs.origin.answer((requests) => {
      throw refused('any', requests);
    });
    const { ended } = await warmAll(jobs);
    const reasons = Object.values(ended);
    expect(reasons).toHaveLength(100);
    const own = 'failed: answered 400: no such id any';
    const others =
      'failed: its call failed (answered 400: no such id any), and so did 12 of its keys that were asked for one by one';
    expect(reasons.filter((reason) => reason === own)).toHaveLength(12);
    expect(reasons.filter((reason) => reason === others)).toHaveLength(88);
    expect(jobs.origin.calls.length).toBeLessThanOrEqual(22);
  });

  test('is searched wholly once in a task, and again once a call was answered', async () => {
    const jobs = buildJobs({ sources: [BATCHED], budget: { rate: undefined, concurrency: 1 } });
    const keys = keysOf(400);
    const [bad = ''] = keys.slice(350);
    jobs.origin.answer((requests) => {
      if (requests.some(({ key }) => keys.indexOf(key) < 200 || key === bad)) throw refused('any', requests);
      return requests.map(({ key }) => bodyOf(`"${key}"`));
    });
    const { warmed } = await warmAll(jobs, keys);
    expect(warmed).toBe(199);
    expect(jobs.origin.calls.length).toBeLessThanOrEqual(4 + 21 + 5 + 14);
  });

  test('costs no good key of the calls that follow it', async () => {
    const jobs = buildJobs({ sources: [BATCHED], budget: { rate: undefined, concurrency: 1 } });
    const keys = keysOf(200);
    const bad = new Set(keys.slice(0, 150));
    jobs.origin.answer(spoiledBy(bad, refused));
    const { warmed } = await warmAll(jobs, keys);
    expect(warmed).toBe(50);
  });

  test.each([5, 8, 100])(
    'and that gets no answer for %d keys is an outage, which costs them no attempt',
    async (keys) => {
      const jobs = buildJobs({ sources: [BATCHED] });
      jobs.origin.answer(failing('retryable', 'down'));
      const { ended, unfinished, deferred } = await warmAll(jobs, keysOf(keys));
      expect({ ended, unfinished }).toEqual({ ended: {}, unfinished: [] });
      expect(deferred).toMatchObject({ reason: 'down' });
    },
  );
});

test('a call that is refused for another reason is not cut', async () => {
  const jobs = buildJobs({ sources: [BATCHED] });
  jobs.origin.answer(failing('permanent', 'answered 401'));
  await warmAll(jobs);
  expect(jobs.origin.calls).toHaveLength(1);
});
