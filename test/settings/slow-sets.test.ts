/** What `config check` says of modules whose rows do not come, or do not end. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { surveyOf } from '../../src/settings/checks/survey.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { temporaryFolder } from '../support/settings.ts';

const NEVER = 'new Promise(() => {})';

test('sets that do not come, or do not end, are waited for together, within a bound, and named', async () => {
  const folder = await temporaryFolder();
  const sets = {
    silent: `export const rows = () => ${NEVER};`,
    stuck: `export async function* rows() { yield { id: 1 }; await ${NEVER}; }`,
    endless: 'export function* rows() { for (let id = 0; ; id += 1) yield { id }; }',
    well: 'export const rows = () => [{ id: 1 }];',
  };
  for (const [name, text] of Object.entries(sets)) await writeFile(join(folder, `${name}.mjs`), text);
  const entities = Object.keys(sets).map(
    (name) => `  ${name}: { module: ${name}.mjs, id: id, maxRows: 2000 }`,
  );
  const config = `origins: { o: { kind: http, url: "http://h" } }
sources: { s: { origin: o, key: "s:{id}", request: { path: "/{id}" } } }
entities:
${entities.join('\n')}
`;
  await writeFile(join(folder, 'forewarm.yaml'), config);
  const clock = new FakeClock();
  const waits: string[] = [];
  const onWait = (words: string) => waits.push(words);
  let isDone = false;
  const settings = await loadSettings({ env: {}, folder });
  const pending = surveyOf(settings, { clock, timezone: 'UTC', onWait }).finally(() => {
    isDone = true;
  });
  const began = clock.elapsed();
  for (let turn = 0; turn < 50_000 && !isDone; turn += 1) {
    await setImmediate();
    if (turn >= 500) await clock.advance(100);
  }
  const { problems } = await pending;
  // The two that do not come end at the same time, and what follows them waits for nothing.
  expect(clock.elapsed() - began).toBeGreaterThanOrEqual(30_000);
  expect(Object.fromEntries(problems.map(({ path, message }) => [path, message]))).toEqual({
    'entities.silent': expect.stringMatching(
      /entity set "silent", .*silent\.mjs: .* did not come within 30 s/,
    ),
    'entities.stuck': expect.stringMatching(/entity set "stuck", .*stuck\.mjs: .* did not come within 30 s/),
    'entities.endless': expect.stringContaining('has more than 2,000 rows'),
  });
  expect(waits).toEqual(
    ['silent', 'stuck'].map((name) =>
      expect.stringMatching(`reading entity set "${name}", .*${name}.mjs: for 30 s at the most`),
    ),
  );
});
