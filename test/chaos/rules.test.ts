/** The rules themselves, on small histories: each finds what breaks its promise, and nothing where it is kept. */
import { describe, expect, test } from 'vitest';
import { Disturbances } from './disturbances.ts';
import { History } from './history.ts';
import { EPOCH } from './mono.ts';
import { livesOf } from './plan.ts';
import type { Held, Invalidation, Read, Value } from './records.ts';
import { judgeRead, judgeSight } from './rules.ts';

const KEY = 'page:a:0';
const LIVES = { due: 10_000, gone: 60_000 };
/** When everything begins, on the clock of `mono`. */
const T0 = 1_000_000;

/** A history of one key, in seconds after the beginning. Process `bare` has no memory; `reader` and `other` have. */
function story({ isReadThrough = false } = {}) {
  const history = new History({ keys: [KEY], lasting: ['redis', 'disk'] });
  const disturbances = new Disturbances();
  const processOf = (name: string) => ({ hasMemory: name !== 'bare', since: 0 });
  const about = {
    history,
    disturbances,
    livesOf: () => ({ ...LIVES, isReadThrough }),
    maxAgeWithoutBus: 7_000,
    processOf,
  };
  const at = (seconds: number) => T0 + seconds * 1_000;
  const held = (value: string | undefined, since: number): Held => {
    const fetchedAt = at(since) + EPOCH;
    const [dueAt, goneAt] = [fetchedAt + LIVES.due, fetchedAt + LIVES.gone];
    return {
      stamp: fetchedAt * 1_000,
      value,
      times: { fetchedAt, checkedAt: fetchedAt, dueAt, staleAt: dueAt, goneAt },
    };
  };
  return {
    history,
    disturbances,
    at,
    held,
    born: (id: string, until: number) =>
      history.born({ id, key: KEY, by: 'test', from: 0, until: at(until) } satisfies Value),
    invalidated: (begin: number, end: number, change: Partial<Invalidation> = {}) => {
      const times = { begin: at(begin), end: at(end) };
      const one: Invalidation = {
        by: 'other',
        mode: 'drop',
        what: `key=${KEY}`,
        fenced: false,
        acknowledged: true,
        missed: [],
        blind: false,
        ...times,
        ...change,
      };
      history.invalidating([KEY], one);
    },
    /** Both lasting tiers, or the one named, are seen to hold it. */
    saw: (when: number, what: Held | undefined, tiers: readonly string[] = ['redis', 'disk']) =>
      tiers.flatMap((tier) => {
        const sight = { tier, key: KEY, begin: at(when) - 1, end: at(when), held: what };
        return judgeSight(history, sight, history.saw(sight));
      }),
    read: (by: string, begin: number, value: string | undefined, change: Partial<Read> = {}) => {
      const read = {
        by,
        key: KEY,
        begin: at(begin),
        end: at(begin) + 5,
        value,
        trouble: [],
        lately: [],
        ...change,
      };
      return judgeRead(about, read).map(({ guarantee }) => guarantee);
    },
  };
}

describe('an acknowledged invalidation', () => {
  test('hides what was fetched before it, at once, from who has no memory and who did it itself', () => {
    const { born, invalidated, read } = story();
    born('old', 1);
    invalidated(2, 2.1);
    expect(read('bare', 2.2, 'old')).toEqual([3]);
    expect(read('other', 2.2, 'old')).toEqual([3]);
    expect(read('bare', 2.05, 'old'), 'it had begun before the acknowledgement').toEqual([]);
    born('during', 2.05);
    expect(read('bare', 2.2, 'during'), 'it may have been fetched after it').toEqual([]);
  });

  test('hides it from the memory of others when they have heard of it', () => {
    const { born, invalidated, read, disturbances, at } = story();
    born('old', 1);
    invalidated(2, 2.1);
    expect(read('reader', 2.5, 'old')).toEqual([]);
    expect(read('reader', 3.5, 'old')).toEqual([3]);
    const over = disturbances.begin({ process: 'reader', text: 'cut', still: false, from: at(1.5) });
    expect(read('reader', 3.5, 'old')).toEqual([]);
    expect(read('reader', 9.3, 'old')).toEqual([]);
    expect(read('reader', 9.5, 'old'), 'it has been deaf for too long').toEqual([3]);
    over(at(4));
    expect(read('reader', 7.5, 'old')).toEqual([]);
    expect(read('reader', 8.5, 'old')).toEqual([3]);
  });

  test('is not unheard for longer than what memory has is fresh', () => {
    const { born, invalidated, read, disturbances, at } = story();
    born('old', 1);
    invalidated(10, 10.1);
    disturbances.begin({ process: 'reader', text: 'cut', still: false, from: at(9) });
    expect(read('reader', 12.2, 'old')).toEqual([]);
    expect(read('reader', 12.4, 'old'), 'the value is due: the tiers below are asked').toEqual([3]);
  });

  test('by a fence may be unknown to who alone cannot reach the Redis for jobs', () => {
    const { born, invalidated, read, disturbances, at } = story();
    born('old', 1);
    invalidated(2, 2.1, { fenced: true });
    expect(read('bare', 2.2, 'old')).toEqual([3]);
    expect(read('reader', 2.5, 'old')).toEqual([]);
    const over = disturbances.begin({ process: 'bare', text: 'cut', still: false, from: at(2) });
    expect(read('bare', 9, 'old')).toEqual([]);
    over(at(3));
    expect(read('bare', 6.9, 'old')).toEqual([]);
    expect(read('bare', 7.1, 'old')).toEqual([3]);
  });

  test('that only makes stale hides nothing', () => {
    const { born, invalidated, saw, held, read } = story();
    born('old', 1);
    saw(1.5, held('old', 0.9));
    invalidated(2, 2.1, { mode: 'stale' });
    expect(read('bare', 2.2, 'old')).toEqual([]);
    expect(read('bare', 2.2, undefined)).toEqual([6]);
    invalidated(2, 2.1, { mode: 'stale', blind: true, fenced: true });
    expect(read('bare', 2.2, undefined), 'a fence asks no tier').toEqual([6]);
    invalidated(2, 2.1, { mode: 'stale', blind: true });
    expect(read('bare', 2.2, undefined), 'who cannot see a value may drop it').toEqual([]);
  });

  test('promises nothing where it failed, was not acknowledged, or a tier missed it', () => {
    const { born, invalidated, read } = story();
    born('old', 1);
    invalidated(2, 2.1, { acknowledged: false });
    invalidated(2, 2.1, { missed: ['redis'] });
    expect(read('bare', 2.5, 'old')).toEqual([]);
  });
});

describe('what every lasting tier holds', () => {
  test('is what is read, but from a memory that is not due', () => {
    const { born, saw, held, read } = story();
    born('old', 1);
    born('new', 5);
    saw(5.1, held('new', 4.9), ['redis']);
    expect(read('bare', 5.2, 'old'), 'the disk may not have it yet').toEqual([]);
    saw(5.3, held('new', 4.9), ['disk']);
    expect(read('bare', 5.4, 'old')).toEqual([2]);
    expect(read('reader', 5.4, 'old')).toEqual([]);
    expect(read('reader', 12.5, 'old')).toEqual([2]);
    expect(read('reader', 12.5, 'old', { lately: ['redis', 'disk'] }), 'memory is all there is').toEqual([]);
  });

  test('may be older than what a process fetched by itself, when it could not reach the Redis for jobs, nor ask workers', () => {
    const { isReadThrough } = livesOf('asked:a:0');
    const { born, saw, held, read, disturbances, at } = story({ isReadThrough });
    const over = disturbances.begin({ process: 'bare', text: 'cut', still: false, from: at(0.5) });
    born('own', 1);
    over(at(1.5));
    saw(2, held(undefined, 1.9));
    expect(read('bare', 2.1, 'own')).toEqual([]);
    expect(read('bare', 12.5, 'own'), 'it is due').toEqual([2]);
    born('late', 7);
    saw(8, held(undefined, 7.5));
    expect(read('bare', 8.1, 'late')).toEqual([2]);
  });

  test('is never something older, nor nothing before it is gone', () => {
    const { born, saw, held } = story();
    born('old', 1);
    born('new', 5);
    expect(saw(5.1, held('new', 4.9), ['redis'])).toEqual([]);
    expect(saw(5.2, held('old', 0.9), ['redis'])).toMatchObject([{ guarantee: 2 }]);
    expect(saw(5.1, held('new', 4.9), ['disk'])).toEqual([]);
    expect(saw(5.2, undefined, ['disk'])).toMatchObject([{ guarantee: 6 }]);
    expect(saw(90, undefined, ['redis'])).toEqual([]);
  });

  test('lives longer when the origin has confirmed it, and only then', () => {
    const { born, saw, held } = story();
    born('v', 5);
    const entry = held('v', 4.9);
    saw(5.1, entry, ['redis']);
    const later = (ms: number, stamp: number): Held => {
      const { fetchedAt, ...times } = entry.times;
      const moved = Object.entries(times).map(([name, at]) => [name, at + ms]);
      return { ...entry, stamp: entry.stamp + stamp, times: { fetchedAt, ...Object.fromEntries(moved) } };
    };
    expect(saw(7, later(2_000, 9), ['disk'])).toMatchObject([{ guarantee: 8 }]);
    born('v', 8);
    expect(saw(8.1, later(3_000, 10), ['disk'])).toEqual([]);
    const stale = { ...entry.times, dueAt: entry.times.checkedAt, staleAt: entry.times.checkedAt };
    const unaware = { ...entry, stamp: entry.stamp + 11, times: stale };
    expect(saw(8.15, unaware, ['disk']), 'made stale by who had not seen it').toEqual([]);
    const { times, ...rest } = later(3_050, 12);
    const longer = { ...rest, times: { ...times, goneAt: times.goneAt + 1 } };
    expect(saw(8.2, longer, ['redis'])).toMatchObject([{ guarantee: 8 }]);
  });

  test('may be made stale as of one confirmation in one tier and of another in another, at one stamp', () => {
    const { born, saw, held } = story();
    born('v', 8);
    const entry = held('v', 4.9);
    const staleSince = (ms: number): Held => {
      const { fetchedAt, checkedAt, goneAt } = entry.times;
      const at = checkedAt + ms;
      const times = { fetchedAt, checkedAt: at, dueAt: at, staleAt: at, goneAt: goneAt + ms };
      return { ...entry, stamp: entry.stamp + 5e6, times };
    };
    expect(saw(9, staleSince(3_000), ['redis'])).toEqual([]);
    expect(saw(9.1, staleSince(0), ['disk'])).toEqual([]);
    expect(saw(9.2, staleSince(3_500), ['redis']), 'nobody confirmed it then').toMatchObject([
      { guarantee: 8 },
    ]);
    const { times, ...rest } = staleSince(1_000);
    const fresh = { ...rest, times: { ...times, staleAt: times.staleAt + 1 } };
    expect(saw(9.3, fresh, ['disk'])).toMatchObject([{ guarantee: 8 }]);
  });

  test('has the stamp and the times of its fetch, and none is later', () => {
    const { born, saw, held } = story();
    born('v', 5);
    const entry = held('v', 4.9);
    expect(saw(5.1, entry, ['redis'])).toEqual([]);
    const { times } = entry;
    const younger = { ...entry, times: { ...times, goneAt: times.goneAt + 1 } };
    expect(saw(5.2, younger, ['disk'])).toMatchObject([{ guarantee: 8 }]);
    const stale = { ...entry, stamp: entry.stamp + 1, times: { ...times, dueAt: times.dueAt - 1 } };
    expect(saw(5.3, stale, ['disk']), 'it was made stale').toEqual([]);
    expect(saw(5.4, { ...younger, stamp: entry.stamp + 2 }, ['disk'])).toMatchObject([{ guarantee: 8 }]);
    born('w', 6);
    expect(saw(6.1, held('w', 6.1), ['redis'])).toMatchObject([{ guarantee: 8 }]);
  });
});

describe('a read', () => {
  test('never fails, takes its time or finds a value that is gone', () => {
    const { born, read, at, disturbances } = story();
    born('v', 1);
    expect(read('bare', 2, undefined, { error: 'down' })).toEqual([6]);
    expect(read('bare', 2, 'v', { end: at(9) })).toEqual([6]);
    disturbances.complained('bare', at(3), 'a tier did not answer');
    expect(read('bare', 2, 'v', { end: at(9) }), 'to complain is no excuse').toEqual([6]);
    expect(read('bare', 60.9, 'v')).toEqual([]);
    expect(read('bare', 62, 'v')).toEqual([8]);
    expect(read('bare', 2, 'nobody knows it')).toEqual([8]);
  });

  test('finds what a tier holds that works, unless an invalidation may hide it', () => {
    const { born, saw, held, read, invalidated } = story();
    born('v', 5);
    invalidated(2, 2.1);
    saw(5.1, held('v', 4.9), ['disk']);
    expect(read('bare', 5.2, undefined)).toEqual([6]);
    expect(read('bare', 5.2, undefined, { trouble: ['redis'] })).toEqual([6]);
    expect(read('bare', 5.2, undefined, { trouble: ['disk'] })).toEqual([]);
    expect(read('bare', 65, undefined), 'it is gone').toEqual([]);
    invalidated(6, Number.POSITIVE_INFINITY, { acknowledged: false });
    expect(read('bare', 5.9, undefined)).toEqual([6]);
    expect(read('bare', 6.1, undefined)).toEqual([]);
  });

  test('finds what was only made stale, unless it was on its way to the tiers then', () => {
    for (const [stored, found] of [
      [true, [6]],
      [false, []],
    ] as const) {
      const { born, saw, held, read, invalidated } = story();
      born('v', 5);
      if (stored) saw(5.1, held('v', 4.9), ['disk']);
      invalidated(5.2, 5.4, { mode: 'stale' });
      saw(5.3, held('v', 4.9), ['disk']);
      expect(read('bare', 5.35, undefined)).toEqual(found);
    }
  });
});
