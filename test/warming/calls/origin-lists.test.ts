/** Lists are read page by page inside the origin's budget: all of a list, within its limits, or nothing. */
import { describe, expect, test } from 'vitest';
import type { ListLimits } from '../../../src/core/list.ts';
import { NEVER } from '../../../src/core/never.ts';
import type { ListAnswer } from '../../../src/origins/origin.ts';
import type { CallResult } from '../../../src/warming/calls/call-result.ts';
import { OriginLists } from '../../../src/warming/calls/origin-lists.ts';
import { buildJobs } from '../../support/build-jobs.ts';
import { pageOf } from '../../support/scripted-origin.ts';

const LIMITS: ListLimits = { pages: 10, rows: 100, bytes: 1_000, ms: 60_000 };

function bench() {
  const jobs = buildJobs();
  const lists = new OriginLists({
    ...jobs,
    lists: new Map([['shops', { origin: 'markets', options: {} }]]),
  });
  const read = (limits: Partial<ListLimits> = {}, signal = NEVER) =>
    lists.read('shops', undefined, { ...LIMITS, ...limits }, signal);
  return { ...jobs, read };
}

/** A caller that gives these results in turn. */
function scripted(...results: CallResult<ListAnswer>[]) {
  const { clock, origins } = buildJobs();
  const originCaller = {
    page: async () => results.shift() ?? { kind: 'answered' as const, answers: pageOf(['last']), stamp: 1 },
  };
  const places = new Map([['shops', { origin: 'markets', options: {} }]]);
  const lists = new OriginLists({ originCaller, origins, clock, lists: places });
  return { clock, results, read: () => lists.read('shops', undefined, LIMITS, NEVER) };
}

const FIRST: CallResult<ListAnswer> = { kind: 'answered', answers: pageOf(['first'], false), stamp: 1 };
const deferred = (until: number): CallResult<ListAnswer> => ({
  ...{ kind: 'deferred', until, reason: 'answered 429', onlyThese: false },
});

describe('a list', () => {
  test('is every row of every page, each a call that takes a permit and is counted', async () => {
    const { origin, read, ledger, log } = bench();
    origin.page = (n) => pageOf([n], n === 2);
    expect(await read()).toEqual({ rows: [0, 1, 2], pages: 3, validators: undefined });
    const calls = log.seen.filter(({ name }) => name === 'origin:call').map(({ payload }) => payload);
    expect(calls).toHaveLength(3);
    expect(calls[0]).toMatchObject({ origin: 'markets', source: 'entities.shops', result: 'ok' });
    expect((await ledger.state('markets')).inFlight).toBeLessThanOrEqual(1);
  });

  test('goes on in the middle when an origin is back that asked for fewer calls', async () => {
    const { clock, results, read } = scripted(FIRST);
    results.push(deferred(clock.now() + 7_000));
    let isOver = false;
    const reading = read().finally(() => {
      isOver = true;
    });
    await clock.advance(7_000);
    expect([isOver, results.length]).toEqual([false, 0]);
    await clock.advance(1);
    expect(await reading).toEqual({ rows: ['first', 'last'], pages: 2, validators: undefined });
  });
});

describe('nothing is read of a list', () => {
  test('whose origin comes back too late: it says when', async () => {
    const { clock, results, read } = scripted(FIRST);
    const retryAt = clock.now() + 3_600_000;
    results.push(deferred(retryAt));
    await expect(read()).rejects.toMatchObject({
      code: 'E_ENTITIES_UNAVAILABLE',
      message: 'entity set "shops", origin "markets": page 2: answered 429',
      details: { retryAt },
    });
  });

  test('whose page fails for good, or for now', async () => {
    const failed = (permanent: boolean): CallResult<ListAnswer> => ({
      ...{ kind: 'failed', permanent, reason: 'GET /shops answered 500', divisible: false },
    });
    const refused = await scripted(FIRST, failed(true))
      .read()
      .catch((error: unknown) => error);
    expect(refused).toEqual(new Error('page 2: GET /shops answered 500'));
    await expect(scripted(FIRST, failed(false)).read()).rejects.toMatchObject({
      code: 'E_ENTITIES_UNAVAILABLE',
    });
  });

  test('that changes while it is read', async () => {
    const { origin, read } = bench();
    origin.page = (n) => (n === 0 ? pageOf([1], false) : { kind: 'changed', reason: 'it has 3 rows' });
    await expect(read()).rejects.toMatchObject({
      code: 'E_ENTITIES_UNAVAILABLE',
      message: expect.stringContaining('it changed while it was read, or is cut short: it has 3 rows'),
    });
  });

  test.each<[Partial<ListLimits>, string]>([
    [{ pages: 3 }, 'has more than 3 pages (maxPages)'],
    [{ rows: 5 }, 'has more than 5 rows (maxRows)'],
    [{ bytes: 5 }, 'is larger than 5 B (maxSize)'],
  ])('that is beyond its limits: %j', async (limits, message) => {
    const { origin, read } = bench();
    origin.page = () => pageOf([1, 2], false);
    await expect(read(limits)).rejects.toThrow(message);
    expect(origin.pageCalls).toBeLessThanOrEqual(3);
  });

  test('that takes longer than its deadline, or whose reader has left', async () => {
    const { clock, origin, read } = bench();
    const asked = Promise.withResolvers<void>();
    origin.page = () => {
      asked.resolve();
      return new Promise(() => undefined);
    };
    const late = read({ ms: 1_000 });
    late.catch(() => undefined);
    await asked.promise;
    await clock.advance(1_000);
    await expect(late).rejects.toThrow('it was not whole within 1s (deadline)');
    const leave = new AbortController();
    const left = read({}, leave.signal);
    leave.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
  });
});
