import { mkdtemp, readdir, readlink, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { EntitySets } from '../../../src/catalog/entities/entities.ts';
import { NO_LISTS } from '../../../src/catalog/entities/entity-lists.ts';
import { type EntitySetOptions, entitySetOptions } from '../../../src/catalog/entities/options.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { messageOf } from '../../../src/core/errors.ts';
import { Events } from '../../../src/core/events.ts';
import type { Params } from '../../../src/core/source.ts';
import { pagesIn } from '../../support/pages.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'forewarm-entities-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

type Form = 'csv' | 'json' | 'module';

/** A set called `markets`, of a file with this text. */
async function setup(form: Form, text: string | Uint8Array, more: Partial<EntitySetOptions> = {}) {
  const file = join(await folder(), form === 'module' ? 'rows.mjs' : `rows.${form}`);
  await writeFile(file, text);
  const events = new Events();
  const problems: string[] = [];
  events.on('problem', ({ error }) => problems.push(messageOf(error)));
  const sets = new EntitySets({
    lists: NO_LISTS,
    clock: systemClock,
    sets: { markets: entitySetOptions.parse({ [form]: file, id: 'id', ...more }) },
    events,
  });
  return { file, sets, problems };
}

async function rowsOf(sets: EntitySets, name = 'markets'): Promise<Params[]> {
  const rows: Params[] = [];
  for await (const page of sets.load(name)) rows.push(...page);
  return rows;
}

async function errorOf(form: Form, text: string | Uint8Array, more?: Partial<EntitySetOptions>) {
  const { file, sets } = await setup(form, text, more);
  const error: unknown = await rowsOf(sets).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'E_ENTITIES_INVALID' });
  const message = error instanceof Error ? error.message : '';
  expect(message).toContain(`entity set "markets", ${file}: `);
  return message.slice(message.indexOf(file) + file.length + 2);
}

describe('the options of an entity set', () => {
  const problem = (options: object) => entitySetOptions.safeParse(options).error?.issues[0]?.message;

  it('name exactly one place where the rows come from', () => {
    expect(problem({ csv: '/a.csv', id: 'id' })).toBeUndefined();
    expect(problem({ id: 'id' })).toBe('needs exactly one of csv, json, module, origin; it has none');
    expect(problem({ csv: '/a.csv', json: '/a.json', id: 'id' })).toContain('it has csv and json');
  });

  it('name both coordinates or none', () => {
    expect(problem({ csv: '/a.csv', id: 'id', latitude: 'lat' })).toContain('`latitude` and `longitude`');
  });

  it.each([{ csv: '/a.csv' }, { csv: '/a.csv', id: '' }, { csv: '/a.csv', id: 'id', colour: 'red' }])(
    'refuse %j',
    (options) => {
      expect(entitySetOptions.safeParse(options).success).toBe(false);
    },
  );
});

describe('an entity set', () => {
  it.each<[Form, string]>([
    ['csv', 'id,name,n\n1,"Aspen, CO",5\n2,"say ""hi""",\n'],
    ['json', '[{"id":1,"name":"Aspen, CO","n":5},{"id":"2","name":"say \\"hi\\"","n":null}]'],
    [
      'module',
      `export async function* rows() {
        yield { id: 1, name: 'Aspen, CO', n: 5 };
        yield { id: '2', name: 'say "hi"', n: undefined };
      }`,
    ],
  ])('of %s gives every column of every row as text, in order', async (form, text) => {
    const { sets } = await setup(form, text);
    expect(await rowsOf(sets)).toEqual([
      { id: '1', name: 'Aspen, CO', n: '5' },
      { id: '2', name: 'say "hi"', n: '' },
    ]);
    expect(await sets.columns('markets')).toEqual(['id', 'name', 'n']);
    expect(sets.names()).toEqual(['markets']);
  });

  it('comes in pages of a thousand', async () => {
    const { sets } = await setup('csv', `id\n${Array.from({ length: 2_500 }, (_, i) => i).join('\n')}`);
    const sizes: number[] = [];
    for await (const page of sets.load('markets')) sizes.push(page.length);
    expect(sizes).toEqual([1_000, 1_000, 500]);
  });

  it('gives back whatever text CSV can hold', async () => {
    const path = join(await folder(), 'any.csv');
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const cell = fc.string({ unit: 'grapheme' });
    await fc.assert(
      fc.asyncProperty(fc.array(cell, { minLength: 1 }), async (cells) => {
        const text = `id,text\r\n${cells.map((value, i) => `${i},${quoted(value)}`).join('\r\n')}\r\n`;
        await writeFile(path, text);
        const fresh = new EntitySets({
          lists: NO_LISTS,
          clock: systemClock,
          sets: { any: entitySetOptions.parse({ csv: path, id: 'id' }) },
          events: new Events(),
        });
        expect((await rowsOf(fresh, 'any')).map((row) => row.text)).toEqual(cells);
      }),
      { numRuns: 50 },
    );
  });

  it('of CSV may have a byte order mark, spaces around values and empty lines', async () => {
    const { sets } = await setup('csv', '\ufeffid , name\r\n\r\n 1 , a b \r\n\r\n');
    expect(await rowsOf(sets)).toEqual([{ id: '1', name: 'a b' }]);
  });

  it('may be empty', async () => {
    expect(await rowsOf((await setup('csv', 'id,name\n')).sets)).toEqual([]);
    expect(await rowsOf((await setup('json', '[]')).sets)).toEqual([]);
    expect(await rowsOf((await setup('module', 'export const rows = () => [];')).sets)).toEqual([]);
  });

  it('of a module may be an array, an iterable or a promise of one', async () => {
    for (const given of [`[{ id: 1 }]`, `new Set([{ id: 1 }])`, `Promise.resolve([{ id: 1 }])`]) {
      const { sets } = await setup('module', `export const rows = () => ${given};`);
      expect(await rowsOf(sets)).toEqual([{ id: '1' }]);
    }
  });
});

describe('an entity set that cannot be used', () => {
  it.each<[Form, string, string]>([
    ['csv', 'id,n\n1,a\n,b\n', 'line 3: "id" is empty'],
    ['csv', 'id,n\n1,a\n\n2,b\n1,c\n', 'line 5: id "1" stands twice, first in line 2'],
    ['csv', 'id,n\n1,a\n2\n', 'line 3: '],
    ['csv', 'id,n\n1,"a\n', 'line 2: '],
    ['csv', 'key,n\n1,a\n', 'has no column "id" (its id); it has key, n'],
    ['csv', 'key,n\n', 'has no column "id" (its id); it has key, n'],
    ['csv', '', 'has no column "id" (its id); it has no columns'],
    ['csv', 'id,n,n\n1,2,3\n', 'line 1: column "n" stands twice'],
    ['csv', 'id,,n\n1,2,3\n', 'line 1: a column has no name'],
    ['csv', 'id,\n1,2\n', 'line 2: a value stands beyond the 1 column that has a name'],
    ['json', '[{"id":1},{"id":""}]', 'item 2: "id" is empty'],
    ['json', '[{"id":1},{"id":"1"}]', 'item 2: id "1" stands twice, first in item 1'],
    ['json', '[{"id":1},{"n":1}]', 'item 2: "id" is empty'],
    ['json', '[{"id":1,"at":{"lat":1}}]', 'item 1: "at" is not text, a number or a boolean'],
    ['json', '[7]', 'item 1: is not an object'],
    ['json', '{"id":1}', 'is not a JSON list of objects'],
    ['json', '[', 'JSON'],
    ['module', 'export const x = 1;', 'exports no function "rows"'],
    ['module', 'export const rows = () => 7;', '"rows" gave no array and no iterable'],
    ['module', 'export const rows = () => [{ id: 1 }, { id: null }];', 'row 2: "id" is empty'],
    ['module', `export const rows = () => { throw new Error('no'); };`, 'no'],
  ])('says where, of %s %j', async (form, text, says) => {
    expect(await errorOf(form, text)).toContain(says);
  });

  it.each(['name', 'latitude', 'longitude'] as const)(
    'says which column it lacks for its %s',
    async (role) => {
      const columns = { name: 'id', latitude: 'id', longitude: 'id', [role]: 'missing' };
      expect(await errorOf('csv', 'id\n1\n', columns)).toContain(`has no column "missing" (its ${role})`);
    },
  );

  it('says so when the file is not there, or the set is not configured', async () => {
    const sets = new EntitySets({
      lists: NO_LISTS,
      clock: systemClock,
      sets: { a: entitySetOptions.parse({ csv: '/no/such.csv', id: 'id' }) },
      events: new Events(),
    });
    await expect(rowsOf(sets, 'a')).rejects.toMatchObject({ code: 'E_ENTITIES_INVALID' });
    await expect(sets.columns('a')).rejects.toThrow('entity set "a", /no/such.csv: ');
    await expect(rowsOf(sets, 'b')).rejects.toThrow('entity set "b" is not configured; there is a');
    await expect(sets.columns('constructor')).rejects.toThrow('is not configured');
  });

  it('says of its columns, too, when the id is not among them', async () => {
    const { sets } = await setup('csv', 'key\n1\n');
    await expect(sets.columns('markets')).rejects.toThrow('has no column "id"');
  });
});

describe('an entity set that was read before', () => {
  it('is not read again while its file is the same', async () => {
    const { sets } = await setup('csv', `id\n${Array.from({ length: 1_500 }, (_, i) => i).join('\n')}`);
    const pagesOf = () => pagesIn(sets.load('markets'));
    const first = await pagesOf();
    for (const [i, page] of (await pagesOf()).entries()) expect(page).toBe(first[i]);
  });

  it('is read again when another text of the same size and time of writing stands in it', async () => {
    const { file, sets } = await setup('csv', 'id\naaa\n');
    const at = new Date(2026, 0, 1);
    await utimes(file, at, at);
    expect(await rowsOf(sets)).toEqual([{ id: 'aaa' }]);
    await writeFile(file, 'id\nccc\n');
    await utimes(file, at, at);
    expect(await rowsOf(sets)).toEqual([{ id: 'ccc' }]);
    await writeFile(`${file}.new`, 'id\nddd\n');
    await utimes(`${file}.new`, at, at);
    await rename(`${file}.new`, file);
    expect(await rowsOf(sets)).toEqual([{ id: 'ddd' }]);
  });

  it('is read again when its file has another time or size', async () => {
    const { file, sets } = await setup('csv', 'id\n1\n');
    const at = new Date(2026, 0, 1);
    await utimes(file, at, at);
    await rowsOf(sets);
    await writeFile(file, 'id\n22\n');
    await utimes(file, at, at);
    expect(await rowsOf(sets)).toEqual([{ id: '22' }]);
    await writeFile(`${file}.new`, 'id\n33\n');
    await rename(`${file}.new`, file);
    expect(await rowsOf(sets)).toEqual([{ id: '33' }]);
  });

  it('is closed when a reader stops early, and read in full next time', async () => {
    const { file, sets } = await setup(
      'csv',
      `id\n${Array.from({ length: 90_000 }, (_, i) => i).join('\n')}`,
    );
    const openFiles = async () => {
      const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`));
      return (await Promise.allSettled(links)).filter((link) => 'value' in link && link.value === file)
        .length;
    };
    for await (const page of sets.load('markets')) {
      expect(page).toHaveLength(1_000);
      expect(await openFiles()).toBe(1);
      break;
    }
    await vi.waitUntil(async () => (await openFiles()) === 0);
    expect(await rowsOf(sets)).toHaveLength(90_000);
  });

  it('of a module is asked again each time', async () => {
    const { sets } = await setup('module', 'let n = 0; export const rows = () => [{ id: ++n }];');
    expect(await rowsOf(sets)).toEqual([{ id: '1' }]);
    expect(await rowsOf(sets)).toEqual([{ id: '2' }]);
  });
});
