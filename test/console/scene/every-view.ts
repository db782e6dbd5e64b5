/**
 * Every view in every state: on a system that needs people, on a phone, with a token that may only read, with nothing in it, and with the jobs Redis gone. A
 * view that is added is looked at by itself; one that needs a name in its address says so until it has a row in `NAMED`.
 */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startApi } from '../../support/api-server.ts';
import { accessProblems, moveTo, type OpenPage } from '../../support/browser.ts';
import type { ConsoleScene } from '../../support/console-scene.ts';
import { OPS, VIEWER } from '../../support/console-system.ts';
import { SELDOM_MS, TEST_PATIENCE, until } from '../../support/waiting.ts';

interface View {
  readonly page: string;
  readonly title: string;
  readonly nav?: object;
}

/** Not by name: the compiler that checks the tests knows nothing of the markup that views are written in. */
const ROUTES = new URL('../../../console/src/routes.ts', import.meta.url).href;
const { VIEWS } = (await import(ROUTES)) as { readonly VIEWS: readonly View[] };

/** What a view of one thing is opened with. */
const NAMED: Readonly<Record<string, (scene: ConsoleScene) => string>> = {
  run: (scene) => `?id=${scene.run}`,
  schedule: () => '?name=hourly',
  key: (scene) => `?key=${scene.key}`,
  origin: () => '?name=prices',
};

function addressOf({ page, nav }: View, scene: ConsoleScene): string {
  const named = NAMED[page];
  if (nav === undefined && named === undefined) throw new Error(`${page}: give the view a row in NAMED`);
  return `/${page}${named?.(scene) ?? ''}`;
}

type Page = OpenPage['page'];

/** So much may move by itself, by https://web.dev/cls, and is still good. */
const MOST_SHIFT = 0.1;
const SHIFTS = `globalThis.shifts = [];
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, sources } of list.getEntries())
    if (!hadRecentInput) shifts.push([value, ...sources.map(({ node }) => (node?.outerHTML ?? String(node)).slice(0, 80))]);
}).observe({ type: 'layout-shift', buffered: true });`;

/** Until the page has all that it waits for. */
async function shown(page: Page, title: string): Promise<void> {
  await expect.poll(() => page.title(), { timeout: TEST_PATIENCE }).toBe(`${title} · Forewarm`);
  await page.locator('#title').waitFor();
  await page.locator('.waiting').first().waitFor({ state: 'detached' });
  if ((await page.locator('.chart').count()) > 0) await page.locator('.chart canvas').first().waitFor();
  await page.locator('.waiting').first().waitFor({ state: 'detached' });
}

/** What colours and sizes may do; the rest is the same on every screen. */
const BY_LOOKS = ['color-contrast', 'target-size', 'scrollable-region-focusable'];

/** What every view must be, in whatever state. */
async function expectSound(page: Page): Promise<void> {
  expect(await page.locator('h1').count()).toBe(1);
  const { width } = page.viewportSize() ?? { width: 0 };
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
}

async function expectStill(page: Page): Promise<void> {
  const shifts = await page.evaluate<[number, ...string[]][]>('shifts');
  expect(
    shifts.reduce((sum, [value]) => sum + value, 0),
    JSON.stringify(shifts),
  ).toBeLessThan(MOST_SHIFT);
}

/** Buttons that do something, by the Tab key alone, from the title of the page on. */
async function expectReachable(page: Page): Promise<void> {
  const wanted = await page.locator('main .action button').count();
  await page.evaluate(`
    globalThis.reached = new Set();
    document.getElementById('title').focus();
    document.addEventListener('focusin', ({ target }) => target.matches('main .action button') && reached.add(target));
  `);
  for (let presses = 0; presses < MOST_PRESSES; presses += AT_ONCE) {
    if ((await page.evaluate<number>('reached.size')) >= wanted) return;
    for (let i = 0; i < AT_ONCE; i += 1) await page.keyboard.press('Tab');
  }
  throw new Error(`the Tab key does not reach all ${wanted} actions`);
}

/** Nobody presses it as often. */
const MOST_PRESSES = 250;
const AT_ONCE = 10;

/** On one page for all views, which goes from one to the next; on a phone each is loaded by itself. */
export function everyView(scene: () => ConsoleScene): void {
  describe('every view', () => {
    let desk: OpenPage;
    let phone: OpenPage;

    beforeAll(async () => {
      const { browser, url } = scene();
      const lasting = { script: SHIFTS, lasting: true };
      desk = await browser.open(`${url}/`, { token: OPS, ...lasting });
      phone = await browser.open(`${url}/`, { token: VIEWER, width: 360, scheme: 'dark', ...lasting });
    });

    // Open pages load again what changes.
    afterAll(() => Promise.all([desk, phone].map((opened) => opened?.page.context().close())));

    describe.each(VIEWS)('the view $title', (view) => {
      test('is sound, still, and can be used by the keyboard alone', async () => {
        const { page, complaints } = desk;
        await page.evaluate('shifts.length = 0');
        await moveTo(page, addressOf(view, scene()));
        await shown(page, view.title);
        await expectSound(page);
        await expectStill(page);
        expect(await accessProblems(page)).toEqual([]);
        expect(await page.getByRole('alert').count()).toBe(0);
        await page.keyboard.press('?');
        const help = page.getByRole('dialog', { name: 'Keys' });
        await help.getByText(view.nav === undefined ? 'Go to Now' : `Go to ${view.title}`).waitFor();
        await page.keyboard.press('Escape');
        await help.waitFor({ state: 'detached' });
        await expectReachable(page);
        expect(complaints).toEqual([]);
      });

      test('is sound and still on a phone, in the dark, and offers nothing to who may only read', async () => {
        const { page, complaints } = phone;
        await page.goto(scene().url + addressOf(view, scene()));
        await shown(page, view.title);
        await expectSound(page);
        await expectStill(page);
        expect(await accessProblems(page, BY_LOOKS)).toEqual([]);
        for (const action of await page.locator('main .action').all()) {
          expect(await action.locator('button').getAttribute('aria-disabled')).toBe('true');
          expect(await action.locator('.why').textContent()).toMatch(
            /^needs the scope \w+; viewer has read$/,
          );
        }
        expect(complaints).toEqual([]);
      });
    });

    test('each view says what to do where nothing is yet, and what is wrong with an address that names nothing', async () => {
      const { url } = await startApi();
      const { page, complaints } = await scene().browser.open(`${url}/`, { width: 360 });
      for (const view of VIEWS) {
        await moveTo(page, `/${view.page}`);
        await shown(page, view.title);
        await expectSound(page);
        expect(await page.getByRole('alert').count(), view.title).toBe(0);
        if (view.nav === undefined) await page.getByText(/^The address names no /).waitFor();
      }
      expect(complaints).toEqual([]);
    });
  });
}

/** The last one: it takes Redis away. */
export function withRedisAway(scene: () => ConsoleScene): void {
  test('each view says that Redis is away, keeps what it knew, and shows all again once it is back', async () => {
    const { browser, redis, url } = scene();
    const away = (page: Page) =>
      page
        .locator('.live')
        .getByText(/^Redis is away since/)
        .waitFor();
    const parts = (page: Page) => page.locator('main .card, main tbody tr').count();
    // Each in a profile of its own: a browser has six connections to a server, and each page holds one for changes.
    const opened = await Promise.all(
      VIEWS.map(async (view) => ({
        view,
        ...(await browser.open(url + addressOf(view, scene()), { token: OPS })),
      })),
    );
    for (const { page, view } of opened) await shown(page, view.title);
    const known = await Promise.all(opened.map(({ page }) => parts(page)));
    redis.freeze();
    onTestFinished(() => redis.thaw());
    for (const [i, { page, view }] of opened.entries()) {
      await away(page);
      expect(await parts(page), view.title).toBeGreaterThanOrEqual(known[i] ?? 0);
    }
    await Promise.all(opened.map(({ page }) => page.reload()));
    for (const { page, view } of opened) {
      await away(page);
      await shown(page, view.title);
      expect(await page.locator('h1').count(), view.title).toBe(1);
    }
    redis.thaw();
    for (const [i, { page, complaints }] of opened.entries()) {
      await page.locator('.live').getByText('live', { exact: true }).waitFor();
      await until(
        'what was shown before',
        () => parts(page),
        (count) => count >= (known[i] ?? 0),
        TEST_PATIENCE,
        SELDOM_MS,
      );
      // One part of a view may be there again before another.
      await expect.poll(() => page.getByRole('alert').count(), { timeout: TEST_PATIENCE }).toBe(0);
      expect(complaints).toEqual([]);
    }
  });
}
