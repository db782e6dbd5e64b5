/** The hostile run in its short form. The long form: `npm run test:hostile`. */
import { describe, expect, it } from 'vitest';
import { BEHAVIOURS } from './origins.ts';
import { HOSTILE, keyOf } from './plan.ts';
import { hostile } from './run.ts';
import { Watch } from './watch.ts';

describe('an origin that misbehaves in every way', () => {
  it('knows more than sixty ways, each by a name of its own', () => {
    expect(new Set(BEHAVIOURS.map(({ name }) => name)).size).toBe(BEHAVIOURS.length);
    expect(BEHAVIOURS.length).toBeGreaterThanOrEqual(60);
  });

  it('spoils no value of five origins beside it, and none that it had given itself', async () => {
    const report = await hostile({ seed: 20_261_127, seconds: 20 });
    expect(report.problems).toEqual([]);
    expect(report.looks).toBeGreaterThan(20);
    expect(report.shown).toBeGreaterThan(15);
  });
});

describe('the watch of the hostile run', () => {
  const id = 'place-1';
  const good = keyOf('one', id);
  const value = (key: string, staleAt: number, body: unknown = { id, rev: 1 }) => ({
    ...{ key, state: 'value', body },
    head: { staleAt, checkedAt: 0 },
  });
  const watchWith = (absences: number) => new Watch({ absences: () => absences });

  it('reports a good key that is stale for longer than its ttl and a tick', () => {
    const watch = watchWith(0);
    watch.look([value(good, 10_000)], 17_000);
    expect(watch.problems).toEqual([]);
    watch.look([value(good, 10_000)], 18_000);
    expect(watch.problems).toEqual(['one:place-1 has been stale for 8000 ms']);
  });

  it('reports a value that is lost, and one that no origin gave', () => {
    const watch = watchWith(0);
    watch.look([{ key: good, state: 'missing' }], 0);
    watch.look([value(good, 10_000, { errors: [] })], 0);
    watch.look([{ key: good, state: 'missing' }], 0);
    expect(watch.problems).toEqual([
      'one:place-1 has a value that no origin gave: {"errors":[]}',
      'one:place-1 is missing, and it had a value',
    ]);
  });

  it('believes a hostile origin that says twice that there is no value, and not once', () => {
    const key = keyOf(HOSTILE, id);
    for (const [said, problems] of [
      [1, 1],
      [2, 0],
    ] as const) {
      const watch = watchWith(said);
      watch.look([value(key, 0), { key, state: 'absent' }], 0);
      expect(watch.problems).toHaveLength(problems);
      watch.look([{ key, state: 'missing' }], 0);
      expect(watch.problems).toHaveLength(2 * problems);
    }
  });
});
