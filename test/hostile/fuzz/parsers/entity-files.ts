/** Files of entity sets, in every form and encoding. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EntitySets } from '../../../../src/catalog/entities/entities.ts';
import { NO_LISTS } from '../../../../src/catalog/entities/entity-lists.ts';
import { entitySetOptions } from '../../../../src/catalog/entities/options.ts';
import { columnsOfLine } from '../../../../src/catalog/entities/row-text.ts';
import { systemClock } from '../../../../src/core/clock.ts';
import { Events } from '../../../../src/core/events.ts';
import { bytesOf, exampleOf, type Parser } from '../parser.ts';

const folder = mkdtempSync(join(tmpdir(), 'forewarm-fuzz-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const utf16 = (text: string) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);

/** Everything that is done with a set: its columns, its rows, what is wrong with them. */
function sets(form: 'csv' | 'json', encodings: readonly string[]): (input: string) => Promise<void> {
  let count = 0;
  return async (input) => {
    count += 1;
    const file = join(folder, `${form}-${encodings[0]}`);
    writeFileSync(file, bytesOf(input));
    const encoding = encodings[count % encodings.length] ?? 'utf-8';
    const badRows = count % 2 === 0 ? 'skip' : 'refuse';
    const options = entitySetOptions.parse({ [form]: file, id: 'id', encoding, badRows });
    const entities = new EntitySets({
      sets: { m: options },
      lists: NO_LISTS,
      clock: systemClock,
      events: new Events(),
    });
    await entities.columns('m');
    await entities.survey('m');
    for await (const _ of entities.load('m'));
  };
}

const CSV = 'id,name\n1,"a ""b"""\r\n2,é\n\n3;4,x\n';
const JSON_ROWS = '[{"id":1,"name":"a"},{"id":"2","open":true},{"id":9007199254740993}]';

export const ENTITY_FILE_PARSERS: readonly Parser[] = [
  {
    name: 'columns of a line',
    examples: ['id,name', 'a;b;c', 'a\tb', 'one|two', '"a,b",c'],
    read: columnsOfLine,
  },
  {
    name: 'CSV files',
    examples: [CSV, '\ufeffid\tname\n1\t2\n', 'id|a\n1|"2"\n', exampleOf(Buffer.from(CSV))],
    read: sets('csv', ['utf-8', 'windows-1252', 'latin1']),
  },
  {
    name: 'CSV files in UTF-16',
    examples: [exampleOf(utf16(CSV)), exampleOf(utf16('id;name\r\n1;2\r\n'))],
    read: sets('csv', ['utf-16le', 'utf-16be']),
  },
  {
    name: 'JSON files',
    examples: [JSON_ROWS, exampleOf(Buffer.from(`\ufeff${JSON_ROWS}`))],
    read: sets('json', ['utf-8', 'windows-1252']),
  },
];
