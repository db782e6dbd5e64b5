/** Who may look, and from where: tokens, scopes, and a proxy in front. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startApi } from '../support/api-server.ts';
import { startBrowser, type TestBrowser } from '../support/browser.ts';
import { startPrefixingNginx } from '../support/caching-proxies.ts';

const TOKENS = [
  { name: 'ops', token: 'token-of-ops', scopes: ['admin'] },
  { name: 'viewer', token: 'token-of-viewer', scopes: ['read'] },
] as const;

let browser: TestBrowser;

beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser?.close());

/** A server that wants tokens, behind nginx at the path /forewarm/. */
async function startBehindNginx() {
  const { url } = await startApi({ tokens: TOKENS });
  const proxy = await startPrefixingNginx({ port: Number(new URL(url).port), token: '' });
  onTestFinished(() => proxy.stop());
  return `${proxy.url}/forewarm`;
}

async function signIn(page: Awaited<ReturnType<TestBrowser['open']>>['page'], token: string, keep = false) {
  await page.getByLabel('Token').fill(token);
  if (keep) await page.getByLabel('Keep it for this tab').check();
  await page.getByRole('button', { name: 'Sign in' }).click();
}

describe('a server with tokens, at a path of a proxy', () => {
  test('asks for a token in place of the view, and then shows that at the same address', async () => {
    const base = await startBehindNginx();
    const { page, complaints } = await browser.open(`${base}/runs?search=a%2Fb`);
    await signIn(page, 'no-such-token');
    await page.getByRole('alert').getByText('the bearer token is not one of `api.tokens`').waitFor();
    await signIn(page, 'token-of-viewer');
    await page.getByText('No run matches.').waitFor();
    expect(page.url()).toBe(`${base}/runs?search=a%2Fb`);
    expect(await page.getByRole('searchbox').inputValue()).toBe('a/b');
    await page.getByRole('link', { name: 'Now', exact: true }).click();
    await page.getByRole('heading', { name: 'Now' }).waitFor();
    expect(page.url()).toBe(`${base}/`);
    expect(complaints).toEqual([]);
  });

  test('forgets it when the page is loaded again, unless it is to be kept for the tab', async () => {
    const base = await startBehindNginx();
    const { page } = await browser.open(`${base}/runs`);
    await signIn(page, 'token-of-viewer');
    await page.getByText('There was no run yet.').waitFor();
    await page.reload();
    await signIn(page, 'token-of-viewer', true);
    await page.getByText('There was no run yet.').waitFor();
    await page.reload();
    await page.getByText('There was no run yet.').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
  });

  test('asks for another token once the first is refused, and stays where it is', async () => {
    const base = await startBehindNginx();
    const { page } = await browser.open(`${base}/runs?state=active`);
    await signIn(page, 'token-of-viewer');
    await page.getByText('No run matches.').waitFor();
    await page.route('**/v1/runs**', (route) =>
      route.fulfill({
        status: 401,
        contentType: 'application/problem+json',
        body: JSON.stringify({ code: 'E_UNAUTHENTICATED', detail: 'gone' }),
      }),
    );
    // Paused and on again, everything is loaded.
    await page.keyboard.press('p');
    await page.keyboard.press('p');
    await page.getByText('The server does not know this token any more.').waitFor();
    await page.unroute('**/v1/runs**');
    await signIn(page, 'token-of-ops');
    await page.getByText('No run matches.').waitFor();
    expect(new URL(page.url()).search).toBe('?state=active');
  });
});

describe('a server without tokens', () => {
  test('asks for none, and offers no way to sign out', async () => {
    const { url } = await startApi();
    const { page } = await browser.open(`${url}/runs`);
    await page.getByText('There was no run yet.').waitFor();
    expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
    await page.getByText('loopback').waitFor();
  });
});
