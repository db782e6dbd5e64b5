/** The console in a real browser, on a real installation: a worker, an origin, Redis and a run. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { accessProblems, startBrowser, type TestBrowser } from '../support/browser.ts';
import { type Markets, startMarkets } from '../support/markets.ts';
import { uniquePrefix } from '../support/redis.ts';
import { createSystem, type System, sourcesOf } from '../support/system.ts';

let browser: TestBrowser;
let markets: Markets;
let system: System;
let url = '';

beforeAll(async () => {
  [browser, markets] = await Promise.all([startBrowser(), startMarkets()]);
  const prefix = uniquePrefix();
  system = await createSystem({
    markets: 30,
    config: {
      redis: { jobs: inject('redisUrl'), prefix },
      tiers: { redis: { prefix: `${prefix}-values:` }, disk: { path: 'cache.db' } },
      origins: { markets: { kind: 'http', url: markets.url } },
      sources: sourcesOf('markets', 'warm', ['profile', 'quote']),
      console: { label: 'test' },
    },
  });
  // What is measured as a process starts is warm then: it measures again only after a quarter of a minute.
  const first = await system.start('up', '--warm', '--no-api');
  await first.event('warmed');
  await first.end('SIGTERM');
  url = String((await (await system.start('up', '--port', '0')).event('started')).apiUrl);
});

afterAll(async () => {
  await Promise.all([browser?.close(), system?.close()]);
  await markets?.stop();
});

describe('the view Now', () => {
  test('says whether everything is warm, by what was measured', async () => {
    const { page, complaints } = await browser.open(`${url}/`);
    await page.getByText('Everything is warm.').waitFor();
    await page.getByText('Each of 60 keys was looked at.').waitFor();
    const row = page.getByRole('row').filter({ hasText: 'profile' });
    expect(await row.getByRole('img', { name: 'profile, warm in redis: 100 %' }).count()).toBe(1);
    expect(await page.title()).toBe('Now · Forewarm');
    // Charts come later than the rest, and say the same in words.
    await page.locator('.chart canvas').first().waitFor();
    await page.getByText(/^Calls an hour, at .*: live \d/).waitFor({ state: 'attached' });
    expect(await page.evaluate('document.activeElement.id')).toBe('title');
    expect(complaints).toEqual([]);
  });

  test.each([
    ['light', 1280],
    ['dark', 360],
  ] as const)('can be used by everybody, %s and %i px wide', async (scheme, width) => {
    const { page } = await browser.open(`${url}/`, { scheme, width });
    await page.getByText('Everything is warm.').waitFor();
    expect(await accessProblems(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
  });
});

describe('the view Runs', () => {
  test('lists runs, and keeps its filters in the address', async () => {
    const { page, complaints } = await browser.open(`${url}/runs`);
    await page.getByRole('row').filter({ hasText: 'everything' }).waitFor();
    await page.getByRole('searchbox').fill('nothing like it');
    await page.getByText('No run matches.').waitFor();
    expect(new URL(page.url()).search).toBe('?search=nothing+like+it');
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByRole('row').filter({ hasText: 'everything' }).waitFor();
    expect(complaints).toEqual([]);
    expect(await accessProblems(page)).toEqual([]);
  });
});

test('a run that somebody makes appears by itself, and is shown to its end', async () => {
  const { page } = await browser.open(`${url}/runs`);
  await page.getByRole('row').filter({ hasText: 'everything' }).waitFor();
  await post('/v1/runs', { id: 'by-hand', selector: 'source=quote', force: true });
  await page.getByRole('link', { name: 'by-hand' }).click();
  await page.getByText('finished', { exact: true }).waitFor();
  await page.getByText('100 %').first().waitFor();
  await page.getByRole('heading', { name: 'What it took' }).waitFor();
  // Of a run that is compared with none, that is no failure.
  await page.getByText('There is no earlier run').waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
});

test.each(['/', '/runs', '/run?id=by-hand'])(
  'nothing moves under the hand of who looks at %s',
  async (path) => {
    const { page } = await browser.open('about:blank');
    await page.addInitScript(SHIFTS);
    await page.goto(url + path);
    await page.locator('.waiting').first().waitFor({ state: 'detached' });
    await page.locator('.card, .table').first().waitFor();
    await page.locator('.waiting').first().waitFor({ state: 'detached' });
    // What is good by https://web.dev/cls is 0.1.
    const shifts = await page.evaluate<[number, ...string[]][]>('shifts');
    const sum = shifts.reduce((all, [value]) => all + value, 0);
    expect(sum, JSON.stringify(shifts)).toBeLessThan(0.05);
  },
);

/** Sums up how much moved without anybody having done anything. */
const SHIFTS = `globalThis.shifts = [];
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, sources } of list.getEntries())
    if (!hadRecentInput) shifts.push([value, ...sources.map(({ node }) => (node?.outerHTML ?? String(node)).slice(0, 80))]);
}).observe({ type: 'layout-shift', buffered: true });`;

async function post(path: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(answer.status).toBeLessThan(300);
}
