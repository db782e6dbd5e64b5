/** How the page keeps up: by one stream of changes, which can be paused, break, and be begun again. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ForewarmError } from '../../src/core/errors.ts';
import { startApi } from '../support/api-server.ts';
import { startBrowser, type TestBrowser } from '../support/browser.ts';
import type { VerbsInMemory } from '../support/in-memory/verbs.ts';

let browser: TestBrowser;

beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser?.close());

const RUN = 'run-1';
const KEYS = ['profile:1', 'profile:2', 'profile:3', 'profile:4', 'profile:5'];

/** The page of a run of five keys that goes on, once its stream of changes has begun. */
async function openRun(over: (verbs: VerbsInMemory) => object = () => ({})) {
  const server = await startApi({ over });
  const { verbs, clock, url } = server;
  await verbs.warm({ keys: KEYS, selector: '', force: false, missing: false, id: RUN });
  verbs.planRun(RUN);
  const { page, complaints } = await browser.open('about:blank');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  const told = page.waitForResponse((answer) => answer.url().endsWith('/v1/changes'));
  await page.goto(`${url}/run?id=${RUN}`);
  await told;
  await page.getByText('of 5 keys').waitFor();
  const state = page.locator('.live [role=status]');
  /** One more key is warm, and the stream says so. */
  const work = async () => {
    verbs.work(RUN, 1);
    await clock.advance(1_000);
  };
  const shows = (warmed: number) => page.getByRole('img', { name: new RegExp(`^warmed ${warmed}\\b`) });
  return { ...server, page, complaints, asked, state, work, shows };
}

describe('a page', () => {
  test('shows what changes as it does, by one stream for all of it', async () => {
    const { work, shows, asked, state, complaints } = await openRun();
    for (const warmed of [1, 2]) {
      await work();
      await shows(warmed).waitFor();
    }
    expect(await state.textContent()).toBe('live');
    expect(asked.filter((path) => path === '/v1/changes')).toHaveLength(1);
    expect(asked.filter((path) => path.endsWith('/events'))).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('that is paused asks nothing by itself, and catches up when it goes on', async () => {
    const { page, work, shows, asked, state } = await openRun();
    await work();
    await shows(1).waitFor();
    await page.keyboard.press('p');
    await state.getByText('paused').waitFor();
    const before = asked.length;
    await page.clock.install();
    await work();
    // A window that comes back, and a connection, are no reason either.
    await page.evaluate(
      `document.dispatchEvent(new Event('visibilitychange')); dispatchEvent(new Event('online'))`,
    );
    await page.clock.runFor(60_000);
    expect(asked.slice(before)).toEqual([]);
    await page.clock.resume();
    await page.getByRole('button', { name: 'Go on' }).click();
    await shows(2).waitFor();
    expect(await state.textContent()).toBe('live');
  });

  test('says since when it is not connected, keeps what it knows, and catches up', async () => {
    const { page, work, shows, state } = await openRun();
    await work();
    await shows(1).waitFor();
    await page.context().setOffline(true);
    await page.evaluate(`dispatchEvent(new Event('online'))`);
    await page.keyboard.press('p');
    await page.keyboard.press('p');
    await state.getByText(/^not connected since \d\d:\d\d$/).waitFor();
    expect(await shows(1).count()).toBe(1);
    await work();
    await page.context().setOffline(false);
    await shows(2).waitFor();
    await state.getByText('live').waitFor();
  });

  test('says what the server says while Redis is away, and shows all again once it is back', async () => {
    let away = true;
    const { page } = await openRun((verbs) => ({
      overview: async () => {
        if (away) throw new ForewarmError('E_REDIS_UNAVAILABLE', 'redis at redis://jobs does not answer');
        return verbs.overview();
      },
    }));
    await page.keyboard.press('g');
    await page.keyboard.press('n');
    await page.getByRole('alert').getByText('redis at redis://jobs does not answer').waitFor();
    away = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'Sources' }).waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });
});

describe('the keyboard', () => {
  test('reaches every view, lists its keys, and leaves letters to whoever types', async () => {
    const { page } = await openRun();
    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Keys' });
    await help.getByText('Go to Runs').waitFor();
    await page.keyboard.press('Escape');
    await help.waitFor({ state: 'detached' });
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await page.getByRole('heading', { name: 'Runs' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('gp?');
    expect(await page.getByRole('searchbox').inputValue()).toBe('gp?');
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  test('changes the colours, and the choice stays', async () => {
    const { page } = await openRun();
    const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    const light = await ground();
    await page.keyboard.press('t');
    await page.keyboard.press('t');
    expect(await ground()).not.toBe(light);
    await page.reload();
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
  });
});
