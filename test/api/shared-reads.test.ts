import { describe, expect, test } from 'vitest';
import { SharedReads } from '../../src/api/shared-reads.ts';
import { ForewarmError } from '../../src/core/errors.ts';
import { Errand, errandSignal } from '../../src/flow/errand.ts';
import { startApi } from '../support/api-server.ts';

/** A reading that ends when the test says so, and gives how often it was read before. */
function countedReads() {
  const reads: { readonly at: number; readonly signal: AbortSignal; end(): void; fail(): void }[] = [];
  const read = () => {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const at = reads.length;
    const fail = () => reject(new ForewarmError('E_REDIS_UNAVAILABLE', 'away'));
    reads.push({ at, signal: errandSignal(), end: () => resolve(at), fail });
    return promise;
  };
  return { reads, read };
}

const settled = () => new Promise(setImmediate);

describe('a read that is shared', () => {
  test('is done once more for all who came while it was under way, and for each of them after they came', async () => {
    const shared = new SharedReads();
    const { reads, read } = countedReads();
    const first = shared.share('stats', read);
    const others = Array.from({ length: 59 }, () => shared.share('stats', read));
    expect(reads).toHaveLength(1);
    reads[0]?.end();
    expect(await first).toBe(0);
    await settled();
    expect(reads).toHaveLength(2);
    reads[1]?.end();
    expect(new Set(await Promise.all(others))).toEqual(new Set([1]));
    const last = shared.share('stats', read);
    expect(reads).toHaveLength(3);
    reads[2]?.end();
    expect(await last).toBe(2);
  });

  test('that fails fails for those who waited for it, and no one else', async () => {
    const shared = new SharedReads();
    const { reads, read } = countedReads();
    const first = shared.share('stats', read);
    const second = shared.share('stats', read);
    reads[0]?.fail();
    await expect(first).rejects.toMatchObject({ code: 'E_REDIS_UNAVAILABLE' });
    await settled();
    reads[1]?.end();
    expect(await second).toBe(1);
  });

  test('goes on while one still waits, and is given up once all have left', async () => {
    const shared = new SharedReads();
    const { reads, read } = countedReads();
    const [one, two, three] = [new Errand(), new Errand(), new Errand()];
    const first = one.run(() => shared.share('stats', read));
    const second = two.run(() => shared.share('stats', read));
    const third = three.run(() => shared.share('stats', read));
    one.giveUp(new Error('one left'));
    await expect(first).rejects.toThrow('one left');
    expect(reads[0]?.signal.aborted).toBe(true);
    reads[0]?.fail();
    await settled();
    two.giveUp(new Error('two left'));
    await expect(second).rejects.toThrow('two left');
    expect(reads[1]?.signal.aborted).toBe(false);
    reads[1]?.end();
    expect(await third).toBe(1);
  });

  test('is not begun for somebody who has left before its turn', async () => {
    const shared = new SharedReads();
    const { reads, read } = countedReads();
    const first = shared.share('stats', read);
    const leaving = new Errand();
    const second = leaving.run(() => shared.share('stats', read));
    leaving.giveUp(new Error('left'));
    await expect(second).rejects.toThrow('left');
    reads[0]?.end();
    await first;
    await settled();
    expect(reads).toHaveLength(1);
  });

  test('is another one for other arguments', () => {
    const shared = new SharedReads();
    const { reads, read } = countedReads();
    void shared.share('run ["a"]', read);
    void shared.share('run ["b"]', read);
    expect(reads).toHaveLength(2);
  });
});

test('sixty pages that ask for the same at once have it read a few times', async () => {
  let reads = 0;
  const held = Promise.withResolvers<void>();
  const { call } = await startApi({
    over: (verbs) => ({
      stats: async () => {
        reads += 1;
        await held.promise;
        return verbs.stats();
      },
    }),
  });
  const pages = Array.from({ length: 60 }, () => call('/v1/stats'));
  // Sent after them, and held up by nothing.
  await call('/v1/errors');
  held.resolve();
  const answers = await Promise.all(pages);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(reads).toBeLessThan(10);
});
