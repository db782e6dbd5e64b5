/** Rows of any length and number, in a file or handed over: nobody waits for them, and messages stay short. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { EntitySets } from '../../../src/catalog/entities/entities.ts';
import { NO_LISTS } from '../../../src/catalog/entities/entity-lists.ts';
import { JsonRows } from '../../../src/catalog/entities/json-rows.ts';
import { entitySetOptions } from '../../../src/catalog/entities/options.ts';
import { type RowFormat, rowsOfText } from '../../../src/catalog/entities/row-text.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { messageOf } from '../../../src/core/errors.ts';
import { Events } from '../../../src/core/events.ts';
import { longestTurn } from '../../support/turns.ts';

const LENGTH = 1_200_000;
/** Of tables with many rows: taken apart at once, they would hold up others for several times as long as they may. */
const ROWS_LENGTH = 400_000;
/** csv-parse makes an error of each row. */
const BAD_ROWS_LENGTH = 100_000;

/** So many pieces as make the length, in a string of its own. */
function filled(open: string, close: string, piece: (i: number) => string, most = LENGTH): string {
  const parts = [open];
  for (let i = 0, length = 0; length < most; i += 1) {
    const part = piece(i);
    parts.push(part);
    length += part.length;
  }
  return Buffer.from(parts.join('').replace(/,$/, '') + close).toString();
}

const TABLES: Readonly<Record<string, string>> = {
  'many rows': filled('id,name\n', '', (i) => `${i},"name ${i}"\n`, ROWS_LENGTH),
  'rows that lack a value': filled('id,name\n', '', () => 'a\n', BAD_ROWS_LENGTH),
  'rows that have one more': filled('id\n', '', (i) => `${i},\r\n`, BAD_ROWS_LENGTH),
  'many columns': filled('', '\n1\n', (i) => `a${i},`),
  'a row of many values': filled('id,name\n', '\n', () => '1,'),
  'a quote that nothing closes': filled('id,name\n"', '', (i) => `${i},x\n`),
  'empty lines': filled('id\n', '', () => '\n'),
  'columns without a name': filled('', '\n', () => ','),
};
const LISTS: Readonly<Record<string, string>> = {
  'many rows': filled('[', ']', (i) => `{"id":"${i}","name":"name ${i}"},`, 5_000_000),
  'rows with long numbers': filled('[', ']', (i) => `{"id":90071992547409930${i}},`),
  'a row of many members': filled('[{', '}]', (i) => `"a${i}":1,`),
  'a row of colons': filled('[{', '}]', (i) => `"a${i % 5_000}":":",`, 1_000_000),
  'a long text': filled('[{"id":"', '"}]', () => 'x'),
  'a text of quotes': filled('[{"id":"', '"}]', () => '\\"'),
  'lists in lists': filled('', '', () => '['),
  'empty lists': filled('[', ']', () => '[],'),
  spaces: filled('[', ']', () => ' '),
  'no end': filled('[{"id":1},{"id":"', '', () => 'x'),
};
const LINES: Readonly<Record<string, string>> = {
  'many names': filled('', '', (i) => `m${i}\n`),
  'empty lines': filled('', '', () => '\n'),
  'one long line': filled('', '', () => 'x'),
};

async function setOf(form: 'csv' | 'json', text: string): Promise<EntitySets> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-long-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, `rows.${form}`);
  await writeFile(file, text);
  const sets = { m: entitySetOptions.parse({ [form]: file, id: 'id' }) };
  return new EntitySets({ sets, lists: NO_LISTS, clock: systemClock, events: new Events() });
}

describe('an entity set', () => {
  const cases = [
    ...Object.entries(TABLES).map(([what, text]) => ['csv', what, text] as const),
    ...Object.entries(LISTS).map(([what, text]) => ['json', what, text] as const),
  ];
  test.each(cases)('of a long file in %s with %s holds up nobody', async (form, _what, text) => {
    const sets = await setOf(form, text);
    const ms = await longestTurn(async () => {
      const problem = await sets.survey('m').then(
        ({ problems }) => problems.join(),
        (error: unknown) => messageOf(error),
      );
      expect(problem.length).toBeLessThan(2_000);
    });
    expect(ms).toBeLessThan(50);
  });

  test('names what is wrong with a file that is too wide or too long', async () => {
    const problem = async (form: 'csv' | 'json', text = '') =>
      messageOf(
        await (await setOf(form, text)).survey('m').then(
          ({ problems }) => problems[0],
          (error: unknown) => error,
        ),
      );
    const columns = (count: number) => Array.from({ length: count }, (_, i) => `a${i}`).join(',');
    expect(await problem('csv', columns(10_001))).toContain('has more than 10,000 columns');
    expect(await problem('csv', columns(40))).toMatch(/it has a0, .*, a29, and 10 more$/);
    const quote = TABLES['a quote that nothing closes'];
    expect(await problem('csv', quote)).toContain(
      'its row has more than 1,048,576 characters; a quote before',
    );
    expect(await problem('json', LISTS['a long text'])).toContain(
      'item 1 has more than 1,048,576 characters',
    );
    expect(await problem('json', '[{"id":1},{"id":2}')).toContain('no end: it breaks off in item 2');
    expect(await problem('json', '[{"id":1}] x')).toContain('something stands behind the end of the list');
  });
});

describe('rows that are handed over', () => {
  const cases: (readonly [RowFormat, string, string])[] = [
    ...Object.entries(TABLES).map(([what, text]) => ['csv', what, text] as const),
    ...Object.entries(LISTS).map(([what, text]) => ['json', what, text] as const),
    ...Object.entries(LINES).map(([what, text]) => ['lines', what, text] as const),
    ['json', 'a line each', filled('', '', (i) => `{"id":${i}}\n`)],
  ];
  test.each(cases)('as %s with %s hold up nobody', async (format, _what, text) => {
    const ms = await longestTurn(async () => {
      const found = await rowsOfText(text, format, { clock: systemClock, most: 100_000 }).catch(
        (error: unknown) => messageOf(error),
      );
      if (typeof found === 'string') expect(found.length).toBeLessThan(2_000);
      else expect(found.length).toBeLessThanOrEqual(100_001);
    });
    expect(ms).toBeLessThan(50);
  });
});

test('a list is the same however its text is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.jsonValue()),
      fc.constantFrom(undefined, 1),
      fc.array(fc.nat(), { maxLength: 5 }),
      (list, indent, cuts) => {
        const text = ` ${JSON.stringify(list, null, indent)}\n`;
        const items = new JsonRows(JSON.parse);
        const ends = [...cuts.map((cut) => cut % text.length), text.length].sort((a, b) => a - b);
        const found = ends.flatMap((end, i) => items.take(text.slice(ends[i - 1] ?? 0, end)));
        items.end();
        expect(JSON.stringify(found)).toBe(JSON.stringify(list));
      },
    ),
  );
});

test('a text is taken for a list only where JSON.parse takes it for one', () => {
  const piece = fc.constantFrom('[', ']', '{', '}', ',', '"a"', ':', '1', ' ', '"', '\\', 'null');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = `[${pieces.join('')}`;
      const read = (reading: () => unknown) => {
        try {
          return JSON.stringify(reading());
        } catch {
          return 'refused';
        }
      };
      const taken = read(() => {
        const items = new JsonRows(JSON.parse);
        const found = items.take(text);
        items.end();
        return found;
      });
      expect(taken).toBe(read(() => JSON.parse(text)));
    }),
    { numRuns: 3_000 },
  );
});
