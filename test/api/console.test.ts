import { readdir } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { consoleStep } from '../../scripts/console.mjs';
import { CONSOLE_FOLDER } from '../../src/api/console-pages.ts';
import { callRaw, startApi } from '../support/api-server.ts';

const HTML = 'text/html,application/xhtml+xml,*/*;q=0.8';

beforeAll(() => consoleStep()?.run());

const scriptsIn = (page: string) =>
  [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, path = '']) => path);

describe('the console', () => {
  test('is at the root, and at every address of one segment', async () => {
    const { call } = await startApi();
    for (const path of ['/', '/runs', '/run?id=a%2Fb', '/no-such-view']) {
      const answer = await call(path, { headers: { accept: HTML } });
      expect(answer.status, path).toBe(200);
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
          "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
      );
      expect(await answer.text()).toContain('<div id="app">');
    }
  });

  test('is for who accepts pages: a program gets the problem that it always got', async () => {
    const { url } = await startApi();
    for (const accept of [undefined, '*/*', 'application/json']) {
      const answer = await callRaw(url, { path: '/', headers: accept === undefined ? {} : { accept } });
      expect(answer.status).toBe(404);
      expect(JSON.parse(String(answer.body))).toMatchObject({
        code: 'E_NOT_FOUND',
        detail: 'there is no GET /; see /v1/openapi.json',
      });
    }
  });

  test.each([
    ['POST', '/', 404],
    ['GET', '/v1/no-such-thing', 404],
    ['GET', '/deep/er', 404],
    ['GET', '/assets/', 404],
    ['GET', '/assets/no.js', 404],
    ['GET', '/assets/..%2Findex.html', 404],
    ['POST', '/livez', 405],
  ] as const)('leaves %s %s to the API, also for a browser', async (method, path, status) => {
    const { url } = await startApi();
    const answer = await callRaw(url, { path, method, headers: { accept: HTML } });
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  test('gives what the page loads types that browsers take, for a year, compressed as they ask', async () => {
    const { call } = await startApi();
    const page = await (await call('/', { headers: { accept: HTML } })).text();
    const paths = scriptsIn(page);
    expect(paths.map((path) => path.replace(/.*\./, ''))).toEqual(
      expect.arrayContaining(['js', 'css', 'svg']),
    );
    for (const path of paths) {
      const answer = await call(`/${path}`, { headers: { 'accept-encoding': 'br' } });
      expect(answer.status, path).toBe(200);
      expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(answer.headers.get('content-type')).toMatch(/^(text\/javascript|text\/css|image\/svg\+xml)/);
      const length = (await answer.arrayBuffer()).byteLength;
      if (length > 1_024) expect(answer.headers.get('content-encoding')).toBe('br');
    }
  });

  test('has less than 150 KB of JavaScript on its way, all views together', async () => {
    const { call } = await startApi();
    const names = (await readdir(new URL('assets/', CONSOLE_FOLDER))).filter((name) => name.endsWith('.js'));
    let bytes = 0;
    for (const name of names) {
      const text = await (await call(`/assets/${name}`)).arrayBuffer();
      bytes += gzipSync(text, { level: 5 }).length;
    }
    expect(names.length).toBeGreaterThan(3);
    expect(bytes).toBeLessThan(150_000);
  });

  test('answers HEAD without a body', async () => {
    const { url } = await startApi();
    const { status, headers, body } = await callRaw(url, { method: 'HEAD', headers: { accept: HTML } });
    expect([status, headers['content-type'], body.length]).toEqual([200, 'text/html; charset=utf-8', 0]);
  });

  test('tells the page what it needs, and no secret', async () => {
    const tokens = [{ name: 'ops', token: 'a-long-secret', scopes: ['read' as const] }];
    const { call } = await startApi({ tokens });
    const page = await (await call('/', { headers: { accept: HTML } })).text();
    const [, config = ''] = /id="config">([^<]*)</.exec(page) ?? [];
    expect(JSON.parse(config)).toEqual({
      ...{ version: expect.stringMatching(/^\d/), tokens: true, bullBoard: false },
    });
    expect(page).not.toContain('a-long-secret');
    expect(page).not.toMatch(/<script(?![^>]*(?:src=|application\/json))/);
  });

  test('is not there where it is turned off', async () => {
    const { call } = await startApi({ console: { enabled: false } });
    expect((await call('/', { headers: { accept: HTML } })).status).toBe(404);
  });
});
