/** What `config check` finds beyond a configuration itself. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../src/core/clock.ts';
import { surveyOf } from '../../src/settings/checks/survey.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { temporaryFolder } from './settings.ts';

export const CLOCK = { ...systemClock, now: () => Date.UTC(2026, 10, 27) };
/** One source of one param. */
export const CONFIG = `origins: { o: { kind: http, url: "http://h" } }
sources: { s: { origin: o, key: "s:{id}", request: { path: "/{id}" } } }
`;

/** What a look beyond a configuration finds, whose lists are these files. */
export async function survey(text: string, files: Readonly<Record<string, string>> = {}, timezone = 'UTC') {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'forewarm.yaml'), text);
  for (const [name, rows] of Object.entries(files)) await writeFile(join(folder, name), rows);
  const found = await surveyOf(await loadSettings({ env: {}, folder }), { clock: CLOCK, timezone });
  const lines = (notes: typeof found.notes) =>
    notes.map(({ path, message }) => `${path}: ${message.replaceAll(`${folder}/`, '')}`);
  return { problems: lines(found.problems), notes: lines(found.notes) };
}
