/** The modules of docs/modules.md are run as they are written there. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EntitySets } from '../../src/catalog/entities/entities.ts';
import { NO_LISTS } from '../../src/catalog/entities/entity-lists.ts';
import { entitySetOptions } from '../../src/catalog/entities/options.ts';
import { systemClock } from '../../src/core/clock.ts';
import { Events } from '../../src/core/events.ts';
import type { Params } from '../../src/core/source.ts';
import {
  ModuleOrigin,
  moduleOriginOptions,
  moduleRequestOptions,
} from '../../src/origins/module/module-origin.ts';
import { SIGNAL, textOf } from '../contract/origin.steps.ts';
import { temporaryFolder } from '../support/disk.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { sourceWith } from '../support/sources.ts';

const [shop = '', products = ''] = [
  ...readFileSync('docs/modules.md', 'utf8').matchAll(/```ts\n(.*?)```/gs),
].map(([, text]) => text);

/** A file in a project that has Forewarm installed. */
function fileOf(text: string): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(process.cwd(), join(folder, 'node_modules', 'forewarm'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const file = join(folder, 'module.ts');
  writeFileSync(file, text);
  return file;
}

async function rowsOf(text: string): Promise<Params[]> {
  const sets = new EntitySets({
    lists: NO_LISTS,
    clock: systemClock,
    sets: { it: entitySetOptions.parse({ module: fileOf(text), id: 'product' }) },
    events: new Events(),
  });
  const rows: Params[] = [];
  for await (const page of sets.load('it')) rows.push(...page);
  return rows;
}

const ROWS = [
  { product: 'apple', letters: '5' },
  { product: 'pear', letters: '4' },
  { product: 'plum', letters: '4' },
];

describe('docs/modules.md', () => {
  test('shows an origin that answers with a body, "unchanged" and "absent"', async () => {
    const options = moduleOriginOptions.parse({ kind: 'module', module: fileOf(shop) });
    const origin = new ModuleOrigin({ name: 'shop', options, clock: new FakeClock() });
    const source = sourceWith({ template: 'price:{product}', request: moduleRequestOptions.parse({}) });
    const asked = ['apple', 'pear', 'plum'].map((product) => {
      return { key: `price:${product}`, params: { product }, known: undefined };
    });
    const known = { ...asked[1], key: 'price:pear', params: { product: 'pear' }, known: { version: '4' } };
    const answers = await origin.fetchMany(source, [...asked, known], SIGNAL);
    expect(answers.map(({ kind }) => kind)).toEqual(['body', 'body', 'absent', 'unchanged']);
    expect(textOf(answers[0])).toBe('{"price":3}');
  });

  test('shows an entity set, whose function may as well be exported by name', async () => {
    expect(await rowsOf(products)).toEqual(ROWS);
    const byName = products.replace('export default defineEntities({', 'const it = defineEntities({');
    expect(await rowsOf(`${byName}\nexport const rows = it.rows;`)).toEqual(ROWS);
  });
});
