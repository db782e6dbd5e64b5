/** A real Chromium for the tests of the console: one for a file, and a fresh profile for each page. */

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { consoleStep } from '../../scripts/console.mjs';
import { TEST_PATIENCE } from './waiting.ts';

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

export interface PageOptions {
  /** In CSS pixels. */
  readonly width?: number;
  readonly scheme?: 'light' | 'dark';
  /** Signed in with it, for the tab. */
  readonly token?: string;
}

export interface TestBrowser {
  /** A page at this address, in a profile of its own; closed when the test ends. */
  open(address: string, options?: PageOptions): Promise<OpenPage>;
  close(): Promise<void>;
}

export interface OpenPage {
  readonly page: Page;
  /** What the browser reported as wrong: errors of scripts, and what the policy of the page forbade. */
  readonly complaints: readonly string[];
}

/** Builds the console first, where it is out of date. */
export async function startBrowser(): Promise<TestBrowser> {
  consoleStep()?.run();
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-browser-'));
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    headless: true,
    args: FLAGS,
    env: { ...process.env, HOME: folder, TMPDIR: folder },
  });
  return {
    async open(address, { width = 1280, scheme = 'light', token } = {}) {
      const context = await browser.newContext({
        viewport: { width, height: 800 },
        colorScheme: scheme,
        timezoneId: 'America/Denver',
        reducedMotion: 'reduce',
      });
      onTestFinished(() => context.close());
      context.setDefaultTimeout(TEST_PATIENCE);
      if (token !== undefined)
        await context.addInitScript(`sessionStorage.setItem('forewarm.token', ${JSON.stringify(token)})`);
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('pageerror', ({ message }) => complaints.push(message));
      page.on('console', (message) => {
        // What the server refused is shown by the page, and the browser reports it, too.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
          complaints.push(message.text());
      });
      await page.goto(address);
      return { page, complaints };
    },
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

/** What axe finds wrong with the page as it is now, one line each. */
export async function accessProblems(page: Page): Promise<string[]> {
  // The pages have no frames of other origins; for those, axe opens a page of its own at each look.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary ?? ''}`),
  );
}
