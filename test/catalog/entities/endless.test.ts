/** Entity sets that never end, or are no lists at all. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EntitySets } from '../../../src/catalog/entities/entities.ts';
import { NO_LISTS } from '../../../src/catalog/entities/entity-lists.ts';
import { entitySetOptions } from '../../../src/catalog/entities/options.ts';
import { Events } from '../../../src/core/events.ts';
import { temporaryFolder } from '../../support/disk.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { outcomeOf } from '../../support/outcome.ts';
import { pagesIn } from '../../support/pages.ts';

const NEVER = 'new Promise(() => {})';

function setOf(form: 'csv' | 'json' | 'module', place: string) {
  const clock = new FakeClock();
  const options = entitySetOptions.parse({ [form]: place, id: 'id' });
  const sets = new EntitySets({ lists: NO_LISTS, sets: { s: options }, events: new Events(), clock });
  return { clock, sets };
}

function moduleOf(text: string) {
  const file = join(temporaryFolder(), 'rows.mjs');
  writeFileSync(file, text);
  return setOf('module', file);
}

/** Two steps are longer than the patience with one row, and a few are longer than that with all of them. */
const STEP_MS = 20_000;

describe('a module', () => {
  test.each([
    [
      'never loads',
      `await ${NEVER}; export const rows = () => [];`,
      'what it exports did not come within 30 s',
    ],
    [
      'never gives its rows',
      `export const rows = () => ${NEVER};`,
      'the result of "rows" did not come within 30 s',
    ],
    [
      'never gives a row',
      `export async function* rows() { yield { id: 1 }; await ${NEVER}; }`,
      'row 2 did not come',
    ],
    [
      'gives a row that never comes',
      `export const rows = () => [${NEVER}];`,
      'row 1 did not come within 30 s',
    ],
    [
      'gives rows without end',
      'let id = 0; export function* rows() { for (;;) yield { id: id++ }; }',
      'its rows did not end within 300 s',
    ],
  ])('that %s is given up, and the message says so', async (_, text, message) => {
    const { clock, sets } = moduleOf(text);
    expect(await outcomeOf(pagesIn(sets.load('s')), 1_000, () => void clock.advance(STEP_MS))).toContain(
      message,
    );
  });

  test('that never gives a row ends with whoever wanted it', async () => {
    const { sets } = moduleOf(`export async function* rows() { await ${NEVER}; }`);
    const over = new AbortController();
    const pending = pagesIn(sets.load('s', over.signal));
    over.abort(new Error('not wanted any more'));
    await expect(pending).rejects.toThrow('not wanted any more');
  });

  test('is asked to end when its reader has enough', async () => {
    const { sets } = moduleOf(
      'export function* rows() { try { for (let id = 0; ; id += 1) yield { id }; } finally { globalThis.rowsEnded = true; } }',
    );
    for await (const page of sets.load('s')) if (page.length > 0) break;
    expect(Reflect.get(globalThis, 'rowsEnded')).toBe(true);
  });
});

describe('a list that is no file', () => {
  test.each(['csv', 'json'] as const)('is refused without being read: %s', async (form) => {
    const folder = temporaryFolder();
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const [place, what] of [
      ['/dev/zero', 'a device'],
      [pipe, 'a named pipe'],
      [folder, 'a folder'],
    ] as const) {
      const { sets } = setOf(form, place);
      const message = `entity set "s", ${place}: is ${what}, and no file`;
      await expect(pagesIn(sets.load('s'))).rejects.toThrow(message);
      await expect(sets.columns('s')).rejects.toThrow(message);
      await expect(sets.survey('s')).rejects.toThrow(message);
    }
  });
});
