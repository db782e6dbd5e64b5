/** The views of keys in a real browser, on a real installation with tokens and a Redis of its own. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi } from '../support/api-server.ts';
import { accessProblems, type OpenPage, type PageOptions, type TestBrowser } from '../support/browser.ts';
import { type ConsoleSystem, OPS, startConsoleSystem } from '../support/console-system.ts';
import { sourcesOf } from '../support/system.ts';

/** Two keys each: just more than are confirmed without typing how many. */
const MARKETS = 501;

let started: ConsoleSystem;
let browser: TestBrowser;
let url = '';

beforeAll(async () => {
  const { profile, quote } = sourcesOf('markets', 'warm', ['profile', 'quote']);
  started = await startConsoleSystem({
    markets: MARKETS,
    scopes: ['admin'],
    config: {
      tiers: { disk: { path: 'cache.db' } },
      sources: { profile: { ...profile, tags: ['market:{market}'] }, quote },
    },
  });
  browser = started.browser;
  const up = await started.system.start('up', '--warm');
  await up.event('warmed');
  url = String((await up.event('started')).apiUrl);
});

afterAll(() => started?.stop());

/** A page of an operator. */
function visit(path: string, options: PageOptions = {}) {
  return browser.open(url + path, { token: OPS, ...options });
}

async function expectNarrow(page: OpenPage['page'], width: number) {
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
}

const keyOf = (source: string, market: number) => `${source}:${started.system.markets[market]}`;

describe('the view Keys', () => {
  test('counts as somebody types, lists keys without values, and has what is asked in its address', async () => {
    const { page, complaints } = await visit('/keys');
    await page.getByText('Selects 1,002 keys').waitFor();
    // To the last of them, of which the first 200 are loaded.
    const list = page.getByRole('group', { name: 'Keys' });
    await list.focus();
    await page.keyboard.press('End');
    await list.locator('[aria-rowindex="1003"]').waitFor();
    await page.getByRole('searchbox').fill(keyOf('quote', 3));
    await page.getByText('Selects 1 key', { exact: true }).waitFor();
    await page
      .getByRole('row')
      .filter({ hasText: keyOf('quote', 3) })
      .getByText('fresh')
      .waitFor();
    await page.getByLabel('Source').selectOption('profile');
    await page.getByText('It selects no key that is kept warm.').waitFor();
    const asked = new URL(page.url()).searchParams.get('selector');
    expect(asked).toBe(`prefix=${keyOf('quote', 3)} source=profile`);
    await page.getByRole('searchbox').fill('surce=profile');
    await page.getByText('did you mean "source"?').waitFor();
    await page.goto(`${url}/keys?selector=source%3Dprofile&state=missing&tier=redis`);
    await page.getByText('None of these keys is so.').waitFor();
    await page.getByRole('button', { name: 'List all that are selected' }).click();
    await page.getByRole('row').filter({ hasText: 'profile:' }).first().waitFor();
    expect(complaints).toEqual([]);
  });

  test('warms what is selected once its number was typed, as a run on the server', async () => {
    const { page } = await visit('/keys', { scheme: 'dark', width: 360 });
    await page.getByRole('button', { name: 'Warm…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Warm 1,002 keys?' });
    await dialog.getByText('1,002 are warm already').waitFor();
    expect(await dialog.getByRole('button', { name: 'Warm' }).isDisabled()).toBe(true);
    expect(await accessProblems(page)).toEqual([]);
    await expectNarrow(page, 360);
    await dialog.getByLabel('to go on').fill('1,002');
    await dialog.getByRole('button', { name: 'Warm' }).click();
    await page.getByText(/^Run \d\S* warms them\.$/).waitFor();
    expect(await dialog.count()).toBe(0);
  });

  test('says what went wrong in the words of the server', async () => {
    const { page } = await visit('/keys?selector=tag%3Dnone');
    await page.getByRole('button', { name: 'Warm…' }).click();
    await page.getByRole('alert').getByText('E_SELECTOR_INVALID').waitFor();
  });

  test('says what to do where no key is kept warm', async () => {
    const { url: empty } = await startApi();
    const { page } = await browser.open(`${empty}/keys`);
    await page.getByText('No key is kept warm yet.').waitFor();
    await page.getByRole('searchbox').fill('profile:1');
    await page.getByRole('link', { name: 'Look up profile:1' }).click();
    await page.getByText('No tier holds anything under it.').waitFor();
  });
});

describe('the view of a key', () => {
  test('shows what an invalidation would reach, says afterwards why it is cold, and warms it again', async () => {
    const { page, complaints } = await visit(`/key?key=${keyOf('profile', 0)}`);
    await page.getByText('It is warm.').waitFor();
    await page.getByRole('button', { name: 'Invalidate…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Invalidate 1 key?' });
    const tiers = dialog.locator('dl', { has: page.getByText('redis') });
    expect(await tiers.textContent()).toContain('redis1disk1');
    await dialog.getByLabel('Drop them.').check();
    await dialog.getByRole('button', { name: 'Invalidate' }).click();
    await page.getByText('1 key invalidated.').waitFor();
    await page.getByText('It is cold.').waitFor();
    await page.getByText(/It was dropped by an invalidation/).waitFor();
    await page.getByRole('button', { name: 'Warm…' }).click();
    await page.getByRole('dialog', { name: 'Warm 1 key?' }).getByRole('button', { name: 'Warm' }).click();
    await page.getByText('It is warm.').waitFor();
    expect(complaints).toEqual([]);
  });

  test('shows the value when asked, and can be used by everybody', async () => {
    const { page } = await visit(`/key?key=${keyOf('profile', 1)}`, { scheme: 'dark' });
    await page.getByRole('button', { name: 'Show the value' }).click();
    await page.getByText(`"market": "${started.system.markets[1]}"`).waitFor();
    await page
      .getByRole('img', { name: /^fresh; fresh until / })
      .first()
      .waitFor();
  });

  test('does not offer values where the configuration hides them', async () => {
    const { url: hiding, verbs } = await startApi({ console: { values: 'hide' } });
    verbs.put('profile:1', '{"secret":1}');
    const { page } = await browser.open(`${hiding}/key?key=profile:1`);
    await page.getByText('Values are not shown here').waitFor();
    expect(await page.getByRole('button', { name: 'Show the value' }).count()).toBe(0);
  });

  test('shows a name with markup and invisible characters as what it is', async () => {
    const { page } = await visit(`/key?key=${encodeURIComponent('profile:<b>\u202e')}`);
    await page.getByRole('heading', { name: 'profile:<b>\\u{202e}' }).waitFor();
    await page.getByRole('alert').getByText('key "profile:<b>\\u{202e}" fits no source').waitFor();
  });
});

describe('the view Audit', () => {
  test('lists who did what as it is done, with filters in the address, and has all of one action', async () => {
    const { page, complaints } = await visit('/audit?verb=invalidate');
    await page.getByRole('combobox', { name: 'Who' }).waitFor();
    const body = JSON.stringify({ selector: `key=${keyOf('quote', 9)}`, mode: 'drop' });
    const headers = { authorization: `Bearer ${OPS}`, 'content-type': 'application/json' };
    expect((await fetch(`${url}/v1/invalidations`, { method: 'POST', headers, body })).status).toBe(200);
    const row = page.getByRole('row').filter({ hasText: keyOf('quote', 9) });
    await row.getByText('ops').waitFor();
    await row.getByRole('link', { name: 'invalidated' }).click();
    const dialog = page.getByRole('dialog', { name: 'ops invalidated' });
    await dialog.getByText('by the API, or this page').waitFor();
    expect(new URL(page.url()).searchParams.get('action')).not.toBeNull();
    expect(await accessProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('combobox', { name: 'Who' }).fill('nobody');
    await page.keyboard.press('Enter');
    await page.getByText('Nobody did such a thing').waitFor();
    expect(new URL(page.url()).search).toBe('?verb=invalidate&who=nobody');
    expect(complaints).toEqual([]);
  });

  test('says what will stand there while nothing does', async () => {
    const { url: empty } = await startApi();
    const { page } = await browser.open(`${empty}/audit`);
    await page.getByText('Nobody changed anything that is remembered.').waitFor();
  });
});

describe('with Redis down', () => {
  test('what other tiers hold is shown, and said to be that; what is not known is called so', async () => {
    const { page: audit } = await visit('/audit');
    await audit.getByRole('row').nth(1).waitFor();
    await started.redis.stop();
    await audit.getByText(/^Redis is away since/).waitFor();
    await audit.getByRole('row').nth(1).waitFor();
    const { page } = await visit('/keys');
    await page.getByText('This is only what the tiers hold').waitFor();
    await page.getByText('How many keys it selects is not known').waitFor();
    await page.getByRole('row').filter({ hasText: 'fresh' }).first().waitFor();
    await page.goto(`${url}/key?key=${keyOf('quote', 1)}`);
    await page.getByText('It is warm.').waitFor();
    await page.getByRole('listitem').filter({ hasText: 'redis' }).getByText('unknown').first().waitFor();
  });
});
