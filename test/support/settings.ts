import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ForewarmError } from '../../src/core/errors.ts';
import { type LoadOptions, loadSettings } from '../../src/settings/load.ts';
import type { Settings } from '../../src/settings/settings.ts';

/** A new folder, removed with the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-settings-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** Loads a configuration out of its text, as `forewarm.yaml` in a folder of its own. */
export async function loadText(text: string, options: Partial<LoadOptions> = {}): Promise<Settings> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'forewarm.yaml'), text);
  return loadSettings({ env: {}, folder, ...options });
}

/** The lines of the message that refuses a configuration, one per problem. */
export async function problemsOf(text: string, options: Partial<LoadOptions> = {}): Promise<string[]> {
  const error = await loadText(text, options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ForewarmError) || error.code !== 'E_CONFIG_INVALID') {
    throw new Error(error === undefined ? 'the configuration was taken' : String(error));
  }
  const [first = '', ...lines] = error.message.split('\n  ');
  return lines.length === 0 ? [first] : lines;
}

/** A valid configuration: one origin, one source, one entity set. */
export const GOOD = `origins:
  markets: { kind: http, url: http://127.0.0.1:7070 }
sources:
  profile: { origin: markets, key: "profile:{market}", request: { path: "/markets/{market}" } }
entities:
  markets: { csv: markets.csv, id: market }
`;
