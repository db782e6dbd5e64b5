/** The doctor says which rows of an entity set are left out, and why. */
import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { install, start } from '../../support/build-installation.ts';
import { findingOf } from '../../support/findings.ts';

test.each([
  ['skip', 'warning', /^2 rows, 1 blank, for profile; skipped: .*line 4/],
  ['refuse', 'problem', /line 4/],
])('with badRows: %s it is a %s', async (badRows, level, says) => {
  const installation = await install({ aof: true });
  const { csv } = installation;
  await writeFile(csv, 'market,name\n1,One\n,\n,Nameless\n2,Two\n');
  const app = await start(installation, [], { entities: { markets: { csv, id: 'market', badRows } } });
  const found = await findingOf(app, 'entities');
  expect(found).toMatchObject({ level, finding: expect.stringMatching(says) });
});
