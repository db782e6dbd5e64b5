/** Lists of origins in use: what takes the place of the last one, and what does not. */
import { describe, expect, test } from 'vitest';
import { EntitySets } from '../../../src/catalog/entities/entities.ts';
import { EntityLists } from '../../../src/catalog/entities/entity-lists.ts';
import { entitySetOptions } from '../../../src/catalog/entities/options.ts';
import { ForewarmError, messageOf } from '../../../src/core/errors.ts';
import { Events } from '../../../src/core/events.ts';
import { parseExactly } from '../../../src/core/exact-json.ts';
import type { ListReader, ListValidators } from '../../../src/core/list.ts';
import { NEVER } from '../../../src/core/never.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const MINUTE = 60_000;

function bench(options: Record<string, unknown> = {}) {
  const clock = new FakeClock();
  const events = new Events();
  const problems: string[] = [];
  events.on('problem', ({ error }) => problems.push(messageOf(error)));
  const read: Parameters<ListReader['read']>[] = [];
  const unusable: unknown[] = [];
  events.on('metadata:unusable', (told) => unusable.push(told));
  const state: { give: () => unknown; validators?: ListValidators } = { give: () => [] };
  const reader: ListReader = {
    read: async (...call) => {
      read.push(call);
      const rows = await state.give();
      if (rows === 'unchanged') return rows;
      const validators = state.validators ?? { etag: `"${read.length}"` };
      return { rows: rows as unknown[], pages: 1, validators };
    },
  };
  const mayLose = (_: string, rows: number) => Math.max(1, Math.floor(rows / 10));
  const lists = new EntityLists({ reader, mayLose, clock, events });
  const set = entitySetOptions.parse({ origin: 'crm', id: 'id', ...options });
  const sets = new EntitySets({
    sets: { shops: set },
    lists,
    events,
    clock,
  });
  const rows = async () => {
    const all: unknown[] = [];
    for await (const page of sets.load('shops')) all.push(...page);
    return all;
  };
  return { clock, state, sets, set, lists, rows, problems, unusable, read };
}

const ids = (count: number, from = 1) => Array.from({ length: count }, (_, i) => ({ id: String(from + i) }));

describe('the list of an origin', () => {
  test('whose ETag cannot be sent back is told of', async () => {
    const { state, rows, unusable } = bench();
    state.validators = { unusable: 'its ETag has a character that cannot be sent back, U+0009' };
    await rows();
    expect(unusable).toEqual([
      { source: 'entities.shops', key: 'shops', reason: expect.stringContaining('U+0009') },
    ]);
  });

  test('is read when it is needed, and again when it is older than `refresh`', async () => {
    const { clock, state, sets, rows, read } = bench({ refresh: '5m' });
    state.give = () => ids(2);
    expect(await rows()).toEqual(ids(2));
    expect(await sets.columns('shops')).toEqual(['id']);
    expect(await sets.survey('shops')).toEqual({ good: 2, bad: 0, blank: 0, problems: [] });
    state.give = () => ids(3);
    await clock.advance(5 * MINUTE - 1);
    expect(await rows()).toEqual(ids(2));
    expect(read).toHaveLength(1);
    await clock.advance(1);
    expect(await rows()).toEqual(ids(3));
    expect(read).toHaveLength(2);
  });

  test('is read once at a time, also when a reading that nobody waits for any more ends late', async () => {
    const { state, lists, set, read } = bench();
    const given: PromiseWithResolvers<unknown[]>[] = [];
    state.give = () => {
      given.push(Promise.withResolvers());
      return given.at(-1)?.promise;
    };
    const gone = new AbortController();
    const first = lists.current('shops', set, gone.signal);
    gone.abort(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    const second = lists.current('shops', set, NEVER);
    given[0]?.reject(new Error('the call was given up'));
    await new Promise(setImmediate);
    const third = lists.current('shops', set, NEVER);
    await new Promise(setImmediate);
    for (const each of given.slice(1)) each.resolve(ids(2));
    expect(await second).toBe(await third);
    expect((await third).batches.flat()).toHaveLength(2);
    expect(read).toHaveLength(2);
  });

  test('that the origin says is unchanged stays, and counts as new', async () => {
    const { clock, state, rows, read } = bench();
    state.give = () => ids(2);
    await rows();
    state.give = () => 'unchanged';
    await clock.advance(10 * MINUTE);
    expect(await rows()).toEqual(ids(2));
    await clock.advance(9 * MINUTE);
    await rows();
    expect(read.map(([, known]) => known)).toEqual([undefined, { etag: '"1"' }]);
  });

  test('has rows as files have: ids of several columns, no digit lost, nothing as "", nested members refused', async () => {
    const { state, rows, problems } = bench({ id: ['chain', 'id'], badRows: 'skip' });
    state.give = () =>
      parseExactly(
        '[{"chain":"a","id":9007199254740993,"open":true,"none":null},{"chain":"b","id":1,"x":{}},7]',
      );
    expect(await rows()).toEqual([{ chain: 'a', id: '9007199254740993', open: 'true', none: '' }]);
    expect(problems[0]).toBe(
      'entity set "shops", origin "crm": 2 of 3 rows are wrong: row 2: "x" is not text, a number or a boolean; row 3: is not an object with a member per column; skipped',
    );
  });

  test('has the columns of all its rows, and one without rows those that it needs', async () => {
    const { state, sets, clock } = bench({ refresh: '1s', latitude: 'lat', longitude: 'lon' });
    expect(await sets.columns('shops')).toEqual(['id', 'lat', 'lon']);
    await clock.advance(1_000);
    state.give = () => [
      { id: '1', lat: 1, lon: 2 },
      { id: '2', lat: 1, lon: 2, region: 'x' },
    ];
    expect(await sets.columns('shops')).toEqual(['id', 'lat', 'lon', 'region']);
  });
});

describe('a list stays in use', () => {
  const failure = new ForewarmError('E_ENTITIES_UNAVAILABLE', 'page 3: GET /shops answered 500');
  const half = () => {
    throw failure;
  };

  test('while the next one cannot be read whole, which is told, and tried again before long', async () => {
    const { clock, state, sets, rows, problems, read } = bench();
    state.give = () => ids(20);
    await rows();
    state.give = half;
    await clock.advance(10 * MINUTE);
    expect(await rows()).toEqual(ids(20));
    expect(problems).toEqual([
      'entity set "shops": its list of 10m ago, of 20 rows, stays in use: page 3: GET /shops answered 500',
    ]);
    expect(sets.doubt('shops')).toContain('page 3');
    await clock.advance(29_999);
    await rows();
    expect(read).toHaveLength(2);
    await clock.advance(1);
    state.give = () => ids(21);
    expect(await rows()).toEqual(ids(21));
    expect(sets.doubt('shops')).toBeUndefined();
  });

  test.each<[string, () => unknown, string]>([
    [
      'has rows that the set refuses',
      () => [...ids(20), { id: '3' }],
      'row 21: id "3" stands twice, first in row 3',
    ],
    ['has no column for its id', () => [{ key: 1 }], 'has no column "id" (its id); it has key'],
    [
      'lacks much of it',
      () => ids(17),
      'it lacks 3 of 20 rows that it had; believed if it still does in 10m',
    ],
    ['is empty', () => [], 'it lacks 20 of 20 rows that it had'],
    ['has other rows in its place', () => ids(20, 100), 'it lacks 20 of 20 rows that it had'],
  ])('while the next one %s', async (_, give, why) => {
    const { clock, state, rows, problems } = bench();
    state.give = () => ids(20);
    await rows();
    state.give = give;
    await clock.advance(10 * MINUTE);
    expect(await rows()).toEqual(ids(20));
    expect(problems[0]).toContain(why);
  });

  test('until a second look ten minutes later lacks as much, but for few rows, which may go at once', async () => {
    const { clock, state, rows } = bench();
    state.give = () => ids(20);
    await rows();
    state.give = () => ids(18);
    await clock.advance(10 * MINUTE);
    expect(await rows()).toHaveLength(18);
    state.give = () => [];
    await clock.advance(10 * MINUTE);
    expect(await rows()).toHaveLength(18);
    await clock.advance(10 * MINUTE - 1);
    expect(await rows()).toHaveLength(18);
    await clock.advance(AGAIN);
    expect(await rows()).toHaveLength(0);
  });

  test('and a list that is whole in between makes the next look the first one', async () => {
    const { clock, state, rows } = bench({ refresh: '1m' });
    state.give = () => ids(20);
    await rows();
    for (let i = 0; i < 4; i += 1) {
      state.give = () => [];
      await clock.advance(9 * MINUTE);
      expect(await rows()).toHaveLength(20);
      state.give = () => ids(20);
      await clock.advance(MINUTE);
      expect(await rows()).toHaveLength(20);
    }
  });
});

const AGAIN = 30_000;

describe('a list that was never read', () => {
  test('fails what needs it with the reason, and is not asked for by everybody at once', async () => {
    const { clock, state, rows, read } = bench();
    state.give = () => {
      throw new Error('GET /shops answered 404: there is no such list');
    };
    const message = 'entity set "shops", origin "crm": GET /shops answered 404: there is no such list';
    for (let i = 0; i < 3; i += 1) {
      await expect(rows()).rejects.toMatchObject({ code: 'E_ENTITIES_INVALID', message });
    }
    expect(read).toHaveLength(1);
    await clock.advance(2_000);
    state.give = () => ids(1);
    expect(await rows()).toEqual(ids(1));
  });

  test('keeps the code of what only does not come now', async () => {
    const { state, rows } = bench();
    state.give = () => {
      throw new ForewarmError('E_ENTITIES_UNAVAILABLE', 'later', { details: { retryAt: 7 } });
    };
    await expect(rows()).rejects.toMatchObject({ code: 'E_ENTITIES_UNAVAILABLE', details: { retryAt: 7 } });
  });
});

describe('one reading', () => {
  test('serves all who wait, outlives the first, and ends with the last of them', async () => {
    const { state, sets, read } = bench();
    const gate = Promise.withResolvers<unknown>();
    state.give = () => gate.promise;
    const leave = new AbortController();
    const first = sets.columns('shops', leave.signal);
    const second = sets.columns('shops', NEVER);
    leave.abort(new Error('left'));
    await expect(first).rejects.toThrow('left');
    expect(read).toHaveLength(1);
    expect(read[0]?.[3].aborted).toBe(false);
    gate.resolve(ids(1));
    expect(await second).toEqual(['id']);
  });

  test('that nobody waits for any more is given up, and the next one begins anew', async () => {
    const { state, sets, read } = bench();
    state.give = () => new Promise(() => undefined);
    const leave = new AbortController();
    const only = sets.columns('shops', leave.signal);
    leave.abort(new Error('left'));
    await expect(only).rejects.toThrow('left');
    expect(read[0]?.[3].aborted).toBe(true);
    state.give = () => ids(1);
    expect(await sets.columns('shops')).toEqual(['id']);
  });
});
