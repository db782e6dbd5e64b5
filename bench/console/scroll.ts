/** The end of a very long list: how it is reached, and what the page holds then. */
import type { Browser } from 'playwright-core';
import type { Installation } from './installation.ts';

export interface Scrolled {
  readonly rows: number;
  /** From the key End until the last row is there, in ms. */
  readonly endMs: number;
  /** Requests for that. */
  readonly requests: number;
  /** Rows that are made then. */
  readonly made: number;
  /** JavaScript memory of the page, in MB. */
  readonly heapMb: number;
}

export async function scrollToEnd(
  browser: Browser,
  { url, runs }: Installation,
  rows: number,
): Promise<Scrolled> {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 800 } });
  try {
    const page = await context.newPage();
    await page.goto(`${url}/run?id=${runs.failed}`);
    const list = page.getByRole('group', { name: 'Failed keys' });
    await list.locator('tbody tr a').first().waitFor();
    let requests = 0;
    page.on('request', (request) => {
      if (request.url().includes('/failures')) requests += 1;
    });
    const began = performance.now();
    await list.focus();
    await page.keyboard.press('End');
    await list
      .getByText(`gone-${rows - 1}`, { exact: false })
      .first()
      .waitFor();
    const endMs = performance.now() - began;
    const made = await list.locator('tbody tr:not(.spacer)').count();
    const session = await context.newCDPSession(page);
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    return { rows, endMs, requests, made, heapMb: usedSize / 1e6 };
  } finally {
    await context.close();
  }
}
