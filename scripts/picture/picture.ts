/**
 * A picture of the first page of the console, which the README shows. With it goes what stands there whatever the data are: views, cards
 * and columns. So a test can tell when it shows a console that is no more; pixels differ with the fonts of a machine.
 */
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { withText } from './png-text.ts';

export const PICTURE = fileURLToPath(new URL('../../docs/console.png', import.meta.url));

/** In CSS pixels, each one of the picture. */
export const SIZE = { width: 1280, height: 642 } as const;

/** Of the text in the file. */
export const OUTLINE = 'Outline';

/** Of the page as it is now, which shows the view Now. */
export async function takePicture(page: Page): Promise<Buffer> {
  await page.setViewportSize(SIZE);
  const picture = await page.screenshot({ type: 'png' });
  return withText(picture, OUTLINE, await outlineOf(page));
}

/** Views, cards and columns, one a line. */
async function outlineOf(page: Page): Promise<string> {
  const parts = ['nav a', 'main h1', 'main h2', 'main th'];
  const lines = await Promise.all(parts.map((part) => page.locator(part).allTextContents()));
  return lines.map((texts, i) => `${parts[i]}: ${texts.map((text) => text.trim()).join(', ')}`).join('\n');
}
