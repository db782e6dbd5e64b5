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
  const row = { id: long, n: 1, rate: '0.12345678901234567' };
  const text = `{"id":${long},"n":1,"rate":${row.rate}}`;
  expect(await rowsOfText(text, 'json', options)).toEqual([{ row, line: 1 }]);
  expect(await rowsOfText(`[${text}]`, 'json', options)).toEqual([{ row, line: 1 }]);
});
