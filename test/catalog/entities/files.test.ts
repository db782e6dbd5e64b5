/** Files as people have them: of every encoding, from spreadsheets, put together from two. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EntitySets } from '../../../src/catalog/entities/entities.ts';
import { NO_LISTS } from '../../../src/catalog/entities/entity-lists.ts';
import { entitySetOptions } from '../../../src/catalog/entities/options.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { messageOf } from '../../../src/core/errors.ts';
import { Events } from '../../../src/core/events.ts';
import type { Params } from '../../../src/core/source.ts';
import { temporaryFolder } from '../../support/disk.ts';
import { pagesIn } from '../../support/pages.ts';

type Options = Readonly<Record<string, unknown>>;

function setOf(bytes: string | Uint8Array, more: Options = {}, form = 'csv') {
  const file = join(temporaryFolder(), `rows.${form}`);
  writeFileSync(file, bytes);
  const events = new Events();
  const problems: string[] = [];
  events.on('problem', ({ error }) => problems.push(messageOf(error)));
  const sets = new EntitySets({
    lists: NO_LISTS,
    clock: systemClock,
    sets: { places: entitySetOptions.parse({ [form]: file, id: 'id', ...more }) },
    events,
  });
  return { sets, problems };
}

async function rowsOf(bytes: string | Uint8Array, more: Options = {}, form = 'csv'): Promise<Params[]> {
  const pages = await pagesIn(setOf(bytes, more, form).sets.load('places'));
  return pages.flat();
}

async function refusalOf(bytes: string | Uint8Array, more: Options = {}, form = 'csv'): Promise<string> {
  const error: unknown = await rowsOf(bytes, more, form).then(
    (rows) => new Error(`taken: ${JSON.stringify(rows)}`),
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'E_ENTITIES_INVALID' });
  return messageOf(error).replace(/^.*rows\.\w+: /, '');
}

test('a row of JSON that names a member twice is wrong, and the others are not', async () => {
  const text = '[{"id":1,"id":2},{"id":3},{"id":4,"name":"a","name":"a"}]';
  const says = 'item 1: a member "id" stands twice; item 3: a member "name" stands twice';
  expect(await refusalOf(text, { badRows: 'refuse' }, 'json')).toBe(`2 of 3 rows are wrong: ${says}`);
  expect(await rowsOf(text, { badRows: 'skip' }, 'json')).toEqual([{ id: '3' }]);
});

const CITIES = ['Zürich', 'München', 'Köln'];
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');
const utf16be = (text: string) => utf16(text).swap16();

describe('text of a file', () => {
  const csv = `id\n${CITIES.join('\n')}\n`;
  const json = JSON.stringify(CITIES.map((id) => ({ id })));
  const rows = CITIES.map((id) => ({ id }));

  test.each([
    ['UTF-8', Buffer.from(csv), {}],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${csv}`), {}],
    ['UTF-16, low byte first, by its mark', utf16(csv), {}],
    ['UTF-16, high byte first, by its mark', utf16be(csv), {}],
    ['Windows-1252, when it is said', latin1(csv), { encoding: 'windows-1252' }],
    ['Latin 1, when it is said', latin1(csv), { encoding: 'latin1' }],
    ['UTF-8 with a mark, whatever is said', Buffer.from(`\ufeff${csv}`), { encoding: 'windows-1252' }],
  ])('may be %s', async (_, bytes, more) => {
    expect(await rowsOf(bytes, more)).toEqual(rows);
  });

  test.each([
    ['a mark', Buffer.from(`\ufeff${json}`), {}],
    ['UTF-16', utf16(json), {}],
    ['Windows-1252, when it is said', latin1(json), { encoding: 'windows-1252' }],
  ])('of JSON may have %s', async (_, bytes, more) => {
    expect(await rowsOf(bytes, more, 'json')).toEqual(rows);
  });

  test('is refused with its line where it is something else', async () => {
    const advice = 'not UTF-8; save it as UTF-8, or say `encoding: windows-1252` if it is that';
    expect(await refusalOf(latin1(csv))).toBe(`line 2: ${advice}`);
    expect(await refusalOf(latin1('id\r\na\rb\r\nKöln\r\n'))).toBe(`line 4: ${advice}`);
    expect(await refusalOf(Buffer.concat([Buffer.from('id\nK'), Buffer.of(0xc3)]))).toBe(`line 2: ${advice}`);
    expect(await refusalOf(latin1(json), {}, 'json')).toBe(`line 1: ${advice}`);
    const lone = Buffer.concat([utf16('id\na\n'), Buffer.of(0x00, 0xd8), Buffer.from('\n', 'utf16le')]);
    expect(await refusalOf(lone)).toContain('line 3: not UTF-16LE');
  });

  test('is refused with its line far into a long file, where a character may lie across two pieces', async () => {
    const good = Buffer.from(`id\n${Array.from({ length: 50_000 }, (_, i) => `ü${i}`).join('\n')}\n`);
    expect(await rowsOf(good)).toHaveLength(50_000);
    const bad = Buffer.concat([good, latin1('Köln\nmore\n')]);
    expect(await refusalOf(bad)).toContain('line 50002: not UTF-8');
  });

  test('is never guessed at: what is read is what was written, or it is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 12 }), async (bytes) => {
        const file = Buffer.concat([
          Buffer.from('id\n"'),
          bytes.filter((byte) => byte !== 0x22),
          Buffer.from('"\n'),
        ]);
        const rows = await rowsOf(file, { badRows: 'skip' }).catch(() => []);
        for (const { id = '' } of rows) expect(file.includes(Buffer.from(id))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('names an encoding that there is', () => {
    const given = entitySetOptions.safeParse({ csv: '/a', id: 'id', encoding: 'utf-9' });
    expect(given.error?.issues[0]?.message).toContain('is not an encoding');
  });
});

describe('a row of a CSV file', () => {
  test.each([
    'id,n\r\n1,a\n2,b\n3,c\n',
    'id,n\n1,a\r\n2,b\r3,c',
    'id,n\r1,a\r2,b\r3,c\r',
    'id,n\r\n\r\n1,a\n\n2,b\r\r3,c',
  ])('ends with any line break, mixed: %j', async (text) => {
    expect((await rowsOf(text)).map(({ id, n }) => `${id}${n}`)).toEqual(['1a', '2b', '3c']);
  });

  test('may have line breaks in quotes', async () => {
    expect(await rowsOf('id,n\r\n1,"a\nb\r\nc"\n')).toEqual([{ id: '1', n: 'a\nb\r\nc' }]);
  });

  test.each([
    ['id;name\n1;a,b\n', {}],
    ['id\tname\n1\t"a,b"\n', {}],
    ['id|name\n1|a,b\n', {}],
    ['"id";"name"\n"1";"a,b"\n', {}],
    ['id:name\n1:a,b\n', { delimiter: ':' }],
  ])('is separated by what its header is: %j', async (text, more) => {
    expect(await rowsOf(text, more)).toEqual([{ id: '1', name: 'a,b' }]);
  });

  test('without any value does not count, and neither do columns without a name', async () => {
    expect(await rowsOf('id,name,price\r\n1,a,2\r\n,,\r\n2,b,3\r\n , ,\r\n')).toHaveLength(2);
    expect(await rowsOf('id,name,\n1,a,\n')).toEqual([{ id: '1', name: 'a' }]);
    expect(await rowsOf('id,name\n1,a,,,\n')).toEqual([{ id: '1', name: 'a' }]);
    const { sets } = setOf('id,n,\n1,a,\n,,\n,,\n');
    expect(await sets.survey('places')).toEqual({ good: 1, bad: 0, blank: 2, problems: [] });
  });

  test('of another delimiter than is said is refused with the columns that there are', async () => {
    expect(await refusalOf('id;n\n1;2\n', { delimiter: ',' })).toBe(
      'has no column "id" (its id); it has id;n',
    );
  });
});

describe('a bad row', () => {
  const many = `id,n\n${Array.from({ length: 25 }, (_, i) => (i % 2 === 0 ? `${i},x` : ',x')).join('\n')}\n`;

  test('stops the set, and the first ten are named with a count', async () => {
    const words = await refusalOf(many);
    expect(words).toMatch(/^12 of 25 rows are wrong: line 3: "id" is empty; line 5: "id" is empty; /);
    expect(words).toMatch(/line 21: "id" is empty; and 2 more$/);
  });

  test('is left out and told of where the set skips them, once for each reading', async () => {
    const { sets, problems } = setOf(many, { badRows: 'skip' });
    for (let i = 0; i < 2; i += 1) expect((await pagesIn(sets.load('places'))).flat()).toHaveLength(13);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('12 of 25 rows are wrong: line 3: "id" is empty');
    expect(await sets.survey('places')).toMatchObject({ good: 13, bad: 12 });
  });

  test.each([
    ['csv', 'id\na\n1\u00002\n', 'line 3: "id" has a control character in it'],
    ['csv', 'id\n"1\n2"\n', 'line 3: "id" has a control character in it'],
    ['json', '[{"id":"a\\tb"}]', 'item 1: "id" has a control character in it'],
    ['json', '[{"id":"\\u009f"}]', 'item 1: "id" has a control character in it'],
    ['csv', 'id,n,m\n1,2\n', 'line 2: has 2 values, and there are 3 columns'],
    ['csv', 'id\n1\n1\n', 'line 3: id "1" stands twice, first in line 2'],
    ['json', '[{"id":1},{"id":2,"at":[1]},7]', '2 of 3 rows are wrong: item 2: "at" is not text'],
  ])('of %s is named: %j', async (form, text, says) => {
    expect(await refusalOf(text, {}, form)).toContain(says);
  });
});

describe('rows told apart by several columns', () => {
  const id = ['shop', 'sku'];

  test('need none by itself to be unique', async () => {
    const rows = await rowsOf('shop,sku\na,1\na,2\nb,1\n', { id });
    expect(rows.map(({ shop, sku }) => `${shop}${sku}`)).toEqual(['a1', 'a2', 'b1']);
  });

  test('need each to have a value, and together to be unique', async () => {
    expect(await refusalOf('shop,sku\na,\n', { id })).toBe('line 2: "sku" is empty');
    expect(await refusalOf('shop,sku\na,1\na,1\n', { id })).toBe(
      'line 3: shop "a", sku "1" stands twice, first in line 2',
    );
    expect(await refusalOf('shop,n\na,1\n', { id })).toBe('has no column "sku" (its id); it has shop, n');
  });
});
