import { describe, expect, test } from 'vitest';
import { A_MOMENT_MS, SharedReads } from '../../src/api/shared-reads.ts';
import { ForewarmError } from '../../src/core/errors.ts';
import { Errand, errandSignal } from '../../src/flow/errand.ts';
import { startApi } from '../support/api-server.ts';
import { FakeClock } from '../support/fake-clock.ts';

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
    const shared = new SharedReads(new FakeClock());
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
    const shared = new SharedReads(new FakeClock());
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
    const shared = new SharedReads(new FakeClock());
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
    const shared = new SharedReads(new FakeClock());
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
    const shared = new SharedReads(new FakeClock());
    const { reads, read } = countedReads();
    void shared.share('run ["a"]', read);
    void shared.share('run ["b"]', read);
    expect(reads).toHaveLength(2);
  });
});

describe('a read because of a change', () => {
  /** Reads that end at once, of how often it was read before, and a way to tell of changes. */
  function following() {
    const clock = new FakeClock();
    const shared = new SharedReads(clock);
    let reads = 0;
    const read = async () => reads++;
    const tell = async (...ids: readonly string[]) => {
      const events = async function* () {
        for (const id of ids) yield { id };
      };
      for await (const _ of shared.noting(events())) await settled();
    };
    return { clock, tell, ask: (seen?: string, name = 'runs') => shared.share(name, read, seen) };
  }

  test('is answered by what was begun after that change, and not by what was begun before', async () => {
    const { tell, ask } = following();
    await tell('a-1');
    expect(await ask('a-1')).toBe(0);
    expect(await ask('a-1')).toBe(0);
    await tell('a-2');
    // This one has not heard of it yet: for him the former reading is good.
    expect(await ask('a-1')).toBe(0);
    expect(await ask('a-2')).toBe(1);
    expect(await ask('a-1')).toBe(1);
    expect(await ask('a-2', 'other')).toBe(2);
  });

  test('is answered anew after a moment, and for whoever asks for another reason', async () => {
    const { clock, tell, ask } = following();
    await tell('a-1');
    expect(await ask()).toBe(0);
    expect(await ask('a-1')).toBe(0);
    expect(await ask()).toBe(1);
    await clock.advance(A_MOMENT_MS - 1);
    expect(await ask('a-1')).toBe(1);
    await clock.advance(1);
    expect(await ask('a-1')).toBe(2);
    await clock.advance(A_MOMENT_MS);
    expect(clock.timers).toBe(0);
  });

  test.each(['b-1', 'a-9', 'a', '', '-1', 'a-1-'])(
    'that this process never told of (%j) is read',
    async (seen) => {
      const { tell, ask } = following();
      await tell('a-1');
      await ask('a-1');
      expect(await ask(seen)).toBe(1);
    },
  );

  test('that was told after a reading began waits for the next one, and joins one that began after it', async () => {
    const shared = new SharedReads(new FakeClock());
    const { reads, read } = countedReads();
    const tell = async (id: string) => {
      for await (const _ of shared.noting(
        (async function* () {
          yield { id };
        })(),
      ))
        await settled();
    };
    await tell('a-1');
    const first = shared.share('runs', read, 'a-1');
    const joined = shared.share('runs', read, 'a-1');
    await tell('a-2');
    const later = shared.share('runs', read, 'a-2');
    expect(reads).toHaveLength(1);
    reads[0]?.end();
    expect([await first, await joined]).toEqual([0, 0]);
    await settled();
    reads[1]?.end();
    expect(await later).toBe(1);
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
