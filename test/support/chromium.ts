/** A real Chromium with a home of its own. Nothing here depends on Vitest, so that scripts can use it, too. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { consoleStep } from '../../scripts/console.mjs';

/** It starts no service of its vendor's, and keeps nothing. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface OwnChromium {
  readonly browser: Browser;
  close(): Promise<void>;
}

/** Builds the console first, where it is out of date. */
export async function launchChromium(): Promise<OwnChromium> {
  consoleStep()?.run();
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-browser-'));
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    headless: true,
    args: FLAGS,
    env: { ...process.env, HOME: folder, TMPDIR: folder },
  });
  return {
    browser,
    async close() {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function chromiumPath(): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, 'chromium')).find((path) => existsSync(path));
  if (found === undefined) throw new Error('chromium is not installed: apt-get install chromium');
  return found;
}
