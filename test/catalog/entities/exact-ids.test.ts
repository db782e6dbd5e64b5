import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { EntitySets } from '../../../src/catalog/entities/entities.ts';
import { NO_LISTS } from '../../../src/catalog/entities/entity-lists.ts';
import { entitySetOptions } from '../../../src/catalog/entities/options.ts';
import { rowsOfText } from '../../../src/catalog/entities/row-text.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { Events } from '../../../src/core/events.ts';

it('keeps every digit of the numbers in a JSON file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-exact-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const json = join(folder, 'rows.json');
  await writeFile(
    json,
    '[{"id":9007199254740993,"n":0.12345678901234567890},{"id": 9007199254740992,"n":1.50}]',
  );
  const sets = new EntitySets({
    lists: NO_LISTS,
    clock: systemClock,
    sets: { markets: entitySetOptions.parse({ json, id: 'id' }) },
    events: new Events(),
  });
  const rows: unknown[] = [];
  for await (const page of sets.load('markets')) rows.push(...page);
  expect(rows).toMatchObject([
    { id: '9007199254740993', n: '0.12345678901234567890' },
    { id: '9007199254740992', n: '1.5' },
  ]);
});

it('takes ids of 64 bits in rows that are handed over as they are written', async () => {
  const options = { clock: systemClock, most: 10 };
  const long = '9007199254740993';
  const row = { id: long, n: '1', rate: '0.12345678901234567' };
  const text = `{"id":${long},"n":1,"rate":${row.rate}}`;
  expect(await rowsOfText(text, 'json', options)).toEqual([{ row, line: 1 }]);
  expect(await rowsOfText(`[${text}]`, 'json', options)).toEqual([{ row, line: 1 }]);
});

/** What the rows of a set give: good rows, and what is said of bad ones. */
async function rowsOf(file: string, text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-exact-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const place = join(folder, file);
  await writeFile(place, text);
  const form = file.endsWith('.mjs') ? { module: place } : { json: place };
  const events = new Events();
  const said: string[] = [];
  events.on('problem', ({ error }) => said.push(String(error)));
  const sets = { markets: entitySetOptions.parse({ ...form, id: 'id', badRows: 'skip' }) };
  const rows: unknown[] = [];
  const entities = new EntitySets({ lists: NO_LISTS, clock: systemClock, sets, events });
  for await (const page of entities.load('markets')) rows.push(...page);
  return { rows, said: said.join() };
}

it('takes no half of a surrogate pair for an id, since all of them would be one key', async () => {
  const json = '[{"id":"\\ud800"},{"id":"\\udbff"},{"id":"\\ud83d\\ude00"}]';
  for (const given of [
    await rowsOf('rows.json', json),
    await rowsOf('rows.mjs', `export const rows = () => ${json}`),
  ]) {
    expect(given.rows).toEqual([{ id: '\u{1f600}' }]);
    expect(given.said).toContain('"id" holds U+D800, half of a surrogate pair');
    expect(given.said).toContain('U+DBFF');
  }
});

it('takes no number of a module that may have lost digits, and BigInts as they are', async () => {
  const ids = '9007199254740993, 1e21, NaN, -0, 12.5, 9007199254740993n, true';
  const { rows, said } = await rowsOf('rows.mjs', `export const rows = () => [${ids}].map((id) => ({ id }))`);
  expect(rows).toEqual(['0', '12.5', '9007199254740993', 'true'].map((id) => ({ id })));
  expect(said).toContain('"id" is 9007199254740992, which is not an exact number');
  expect(said).toContain('"id" is NaN');
});
