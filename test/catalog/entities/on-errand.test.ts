/** Entity sets that somebody waits for: a request or a command has an answer within its bound, whatever they do. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { EntitySets } from '../../../src/catalog/entities/entities.ts';
import { EntityLists } from '../../../src/catalog/entities/entity-lists.ts';
import { entitySetOptions } from '../../../src/catalog/entities/options.ts';
import { Events } from '../../../src/core/events.ts';
import { onErrand } from '../../../src/flow/errand.ts';
import { unreadSets } from '../../../src/warming/unread-sets.ts';
import { temporaryFolder } from '../../support/disk.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { outcomeOf } from '../../support/outcome.ts';
import { pagesIn } from '../../support/pages.ts';

const NEVER = 'new Promise(() => {})';
const LATE = 'its rows did not come within 4 s';

/** Sets of modules with these texts, named a, b and so on; and `list`, of an origin that gives what `give` does. */
function bench(...texts: readonly string[]) {
  const clock = new FakeClock();
  const events = new Events();
  const folder = temporaryFolder();
  const modules = texts.map((text, i) => {
    const module = join(folder, `${i}.mjs`);
    writeFileSync(module, text);
    return [String.fromCharCode(97 + i), entitySetOptions.parse({ module, id: 'id' })] as const;
  });
  const list = entitySetOptions.parse({ origin: 'crm', id: 'id', refresh: '1m' });
  const state: { give: () => Promise<readonly unknown[]> } = { give: async () => [{ id: 1 }] };
  const reader = { read: async () => ({ rows: await state.give(), pages: 1, validators: undefined }) };
  const lists = new EntityLists({ reader, mayLose: () => 10, clock, events });
  const sets = new EntitySets({ sets: { ...Object.fromEntries(modules), list }, lists, events, clock });
  return { clock, sets, state, folder };
}

/** What becomes of it, and how long that takes on the clock, in ms. */
async function timedOutcomeOf(clock: FakeClock, pending: Promise<unknown>): Promise<[string, number]> {
  const began = clock.elapsed();
  // Loading a module takes turns of its own, during which no time passes that counts.
  const said = await outcomeOf(pending, 5_000, (turn) => (turn >= 200 ? clock.advance(250) : undefined));
  return [said, clock.elapsed() - began];
}

test.each([
  ['never loads', `await ${NEVER}; export const rows = () => [];`],
  ['never gives its rows', `export const rows = () => ${NEVER};`],
  ['never gives a row', `export async function* rows() { yield { id: 1 }; await ${NEVER}; }`],
])('a module that %s is given up in time, by all that ask for it', async (_, text) => {
  for (const ask of ['load', 'columns', 'survey'] as const) {
    const { clock, sets } = bench(text);
    const asked = (): Promise<unknown> => (ask === 'load' ? pagesIn(sets.load('a')) : sets[ask]('a'));
    const [said, ms] = await timedOutcomeOf(clock, onErrand(asked));
    // The columns are those of the first row.
    if (ask === 'columns' && text.includes('yield')) expect(said).toBe('read');
    else expect([said, ms]).toEqual([expect.stringContaining(LATE), 4_000]);
  }
});

test('a list of an origin that does not come is given up in time', async () => {
  const { clock, sets, state } = bench();
  state.give = () => new Promise(() => {});
  const [said, ms] = await timedOutcomeOf(
    clock,
    onErrand(() => pagesIn(sets.load('list'))),
  );
  expect([said, ms]).toEqual([expect.stringContaining(`entity set "list", origin "crm": ${LATE}`), 4_000]);
});

test('a list that is in use takes the place of one that does not come, which is read on', async () => {
  const { clock, sets, state } = bench();
  await pagesIn(sets.load('list'));
  await clock.advance(60_000);
  const gate = Promise.withResolvers<readonly unknown[]>();
  state.give = () => gate.promise;
  const [said, ms] = await timedOutcomeOf(
    clock,
    onErrand(() => pagesIn(sets.load('list'))),
  );
  expect([said, ms]).toEqual(['read', 2_000]);
  gate.resolve([{ id: 1 }, { id: 2 }]);
  await setImmediate();
  expect((await pagesIn(sets.load('list'))).flat()).toHaveLength(2);
});

test('several sets that do not come are given up together, and leave the others theirs', async () => {
  const hangs = `export const rows = () => ${NEVER};`;
  const { clock, sets } = bench(hangs, 'export const rows = () => [{ id: 1 }];', hangs);
  const { signal } = new AbortController();
  const unread = onErrand(() => unreadSets(sets, ['a', 'b', 'c'], () => true, signal));
  expect(await timedOutcomeOf(clock, unread)).toEqual(['read', 4_000]);
  expect([...(await unread).keys()]).toEqual(['a', 'c']);
});

describe('a module', () => {
  const COUNTED = `globalThis.asked = 0; export const rows = () => { globalThis.asked += 1; return [{ id: 1 }]; };`;

  test('is asked once for its columns and once for its rows, however often a verb goes over them', async () => {
    const { sets } = bench(COUNTED);
    const twice = () =>
      onErrand(async () => {
        for (const _ of [1, 2, 3]) {
          expect(await sets.columns('a')).toEqual(['id']);
          expect((await pagesIn(sets.load('a'))).flat()).toEqual([{ id: '1' }]);
        }
      });
    await twice();
    expect(Reflect.get(globalThis, 'asked')).toBe(2);
    await twice();
    expect(Reflect.get(globalThis, 'asked')).toBe(4);
  });

  test('that takes its time is waited for by a run', async () => {
    const { clock, sets } = bench(
      'export const rows = () => new Promise((resolve) => { globalThis.giveRows = () => resolve([{ id: 1 }]); });',
    );
    const pending = pagesIn(sets.load('a'));
    while (Reflect.get(globalThis, 'giveRows') === undefined) await setImmediate();
    await clock.advance(20_000);
    Reflect.get(globalThis, 'giveRows')();
    expect((await pending).flat()).toEqual([{ id: '1' }]);
  });

  test('is left alone once nobody waits for the answer', async () => {
    const { sets } = bench(`export const rows = () => ${NEVER};`);
    await onErrand(async (errand) => {
      const pending = pagesIn(sets.load('a'));
      errand.giveUp(new Error('the client has left'));
      await expect(pending).rejects.toThrow('the client has left');
    });
  });

  test.each([
    'export function* rows() { for (;;) yield { id: 1 }; }',
    'export function* rows() { for (;;) yield { id: null }; }',
  ])('without an end is refused at its bound of rows: %s', async (text) => {
    const { clock, folder } = bench(text);
    const module = join(folder, '0.mjs');
    const options = entitySetOptions.parse({ module, id: 'id', maxRows: 2_000, badRows: 'skip' });
    const lists = { current: () => Promise.reject(new Error('none')), doubt: () => undefined };
    const sets = new EntitySets({ sets: { a: options }, lists, events: new Events(), clock });
    await expect(pagesIn(sets.load('a'))).rejects.toThrow('has more than 2,000 rows');
    await expect(sets.survey('a')).rejects.toThrow('has more than 2,000 rows');
  });
});
