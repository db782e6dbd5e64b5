/** A real Chromium for the tests of the console: one for a file, and a fresh profile for each page. */

import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { launchChromium } from './chromium.ts';
import { TEST_PATIENCE } from './waiting.ts';

/** Screens that are not as wide, in CSS pixels, belong to phones. */
const PHONE = 600;

export interface PageOptions {
  /** In CSS pixels; a narrow one is a phone's, and is touched. */
  readonly width?: number;
  readonly scheme?: 'light' | 'dark';
  /** Signed in with it, for the tab. */
  readonly token?: string;
  /** Runs before what each page brings. */
  readonly script?: string;
  /** Is there for the tests that follow, too, until the browser is closed. */
  readonly lasting?: boolean;
}

export interface TestBrowser {
  /** A page at this address, in a profile of its own; closed when the test ends, unless it is to last. */
  open(address: string, options?: PageOptions): Promise<OpenPage>;
  close(): Promise<void>;
}

export interface OpenPage {
  readonly page: Page;
  /** What the browser reported as wrong: errors of scripts, and what the policy of the page forbade. */
  readonly complaints: readonly string[];
}

export async function startBrowser(): Promise<TestBrowser> {
  const { browser, close } = await launchChromium();
  return {
    async open(address, { width = 1280, scheme = 'light', token, script, lasting = false } = {}) {
      const context = await browser.newContext({
        viewport: { width, height: width < PHONE ? 740 : 800 },
        hasTouch: width < PHONE,
        colorScheme: scheme,
        timezoneId: 'America/Denver',
        reducedMotion: 'reduce',
      });
      if (!lasting) onTestFinished(() => context.close());
      context.setDefaultTimeout(TEST_PATIENCE);
      if (token !== undefined)
        await context.addInitScript(`sessionStorage.setItem('forewarm.token', ${JSON.stringify(token)})`);
      if (script !== undefined) await context.addInitScript(script);
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
    close,
  };
}

/** Goes to another address of the console without loading the page again, as the buttons of the browser do. */
export async function moveTo(page: Page, address: string): Promise<void> {
  await page.evaluate(
    `history.pushState(null, '', ${JSON.stringify(address)}); dispatchEvent(new PopStateEvent('popstate'));`,
  );
}

/** What axe finds wrong with the page as it is now, one line each; by all of its rules, or by some. */
export async function accessProblems(page: Page, rules: readonly string[] = []): Promise<string[]> {
  // Without frames in the page, nothing has to be put together in another one, which takes as long again.
  const axe = new AxeBuilder({ page }).setLegacyMode();
  const { violations } = await (rules.length === 0 ? axe : axe.withRules([...rules])).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary ?? ''}`),
  );
}
