/** The console in a real browser, on a real installation: a worker, an origin, Redis and a run. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { OUTLINE, PICTURE, takePicture } from '../../scripts/picture/picture.ts';
import { sizeOf, textOf } from '../../scripts/picture/png-text.ts';
import { startBrowser, type TestBrowser } from '../support/browser.ts';
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
});

test('the picture in the README shows the console as it is, and is no larger than it has to be', async () => {
  const { page } = await browser.open(`${url}/`);
  await page.getByText('Everything is warm.').waitFor();
  const [taken, kept] = await Promise.all([takePicture(page), readFile(PICTURE)]);
  expect(sizeOf(kept)).toEqual(sizeOf(taken));
  // Where this fails, `npm run picture` makes it anew.
  expect(textOf(kept, OUTLINE)).toBe(textOf(taken, OUTLINE));
  expect(kept.length).toBeLessThan(200_000);
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

async function post(path: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(answer.status).toBeLessThan(300);
}
