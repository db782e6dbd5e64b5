/** bull-board under the control API: real jobs on a real Redis, every kind of request, and a browser that walks through it. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { BoardAct, BoardSource } from '../../src/api/bull-board/board-source.ts';
import { SESSION_MS } from '../../src/api/bull-board/sessions.ts';
import { BoardLanes } from '../../src/queue/bull-board.ts';
import { envelope, eventually, LANE, setup } from '../queue/setup.ts';
import { callRaw, startApi } from '../support/api-server.ts';
import { startBrowser } from '../support/browser.ts';
import { startPrefixingNginx } from '../support/caching-proxies.ts';

const TOKENS = [
  { name: 'ops', token: 'token-of-ops', scopes: ['admin'] },
  { name: 'viewer', token: 'token-of-viewer', scopes: ['read'] },
  { name: 'warmer', token: 'token-of-warmer', scopes: ['warm'] },
] as const;
const SECRET = 'hunter2-of-the-origin';

type Acted = BoardAct & { readonly outcome: string; readonly result: string };

/** An API with bull-board over a queue that has a failed job, whose error quotes a secret, and one that waits. */
async function start({ tokens = TOKENS as readonly (typeof TOKENS)[number][] } = {}) {
  const { queue, redis, prefix, consume } = setup({ attempts: 1 });
  const lanes = new BoardLanes({ queue, budgets: new Map([[LANE, undefined]]) });
  const acted: Acted[] = [];
  const board: BoardSource = {
    queues: (isReadOnly) => lanes.adapters(isReadOnly),
    hide: (text) => text.replaceAll(SECRET, '[secret]'),
    mark: '[secret]',
    begin: (about) => (outcome, result) => acted.push({ ...about, outcome, result }),
  };
  await queue.add([envelope('a')]);
  const consumer = await consume(async () => ({ kind: 'abandoned', reason: `refused "${SECRET}"` }));
  await eventually(
    () => queue.counts(LANE),
    ({ failed }) => failed === 1,
  );
  await consumer.stop(Date.now() + 500);
  await queue.add([envelope('b', { payload: { key: `profile:${SECRET}`, [SECRET]: 1 } as never })]);
  const server = await startApi({ tokens, board, console: { bullBoard: true } });
  // One goes by itself.
  const keysNow = async () =>
    (await redis.keys(`*${prefix}*`)).filter((key) => !key.endsWith('stalled-check')).toSorted();
  return { ...server, queue, redis, prefix, acted, keysNow };
}

type Started = Awaited<ReturnType<typeof start>>;

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** The cookie of a session for this token, as a browser sends it back. */
async function sessionOf({ call }: Pick<Started, 'call'>, token: string, more = {}): Promise<string> {
  const headers = { ...bearer(token), ...more };
  const answer = await call('/bull-board/session', { method: 'POST', headers });
  expect(answer.status).toBe(200);
  const set = answer.headers.get('set-cookie') ?? '';
  expect(set).toMatch(/^forewarm-bull-board=[\w.-]+; HttpOnly; SameSite=Strict$/);
  return set.slice(0, set.indexOf(';'));
}

const RETRY = `/bull-board/api/queues/${LANE}/a/retry`;
const EVERYWHERE = [
  '/bull-board',
  '/bull-board/',
  `/bull-board/queue/${LANE}`,
  '/bull-board/api/queues',
  `/bull-board/api/queues/${LANE}/a`,
  '/bull-board/api/redis/stats',
  '/bull-board/static/images/logo.svg',
  '/bull-board/no-such-thing',
  '/bull-board/%2e%2e/v1/runs',
  '/bull-board/static/..%2f..%2fpackage.json',
  '/bull-board//api/queues',
  '/bull-board/session/',
];

describe('bull-board', () => {
  test('lets in nobody without a token or a session, wherever they ask and however', async () => {
    const { url, acted } = await start();
    const session = await sessionOf({ call: (path, init) => fetch(url + path, init) }, 'token-of-ops');
    const forged = [
      '',
      'forewarm-bull-board=',
      session.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      session.replace(/\.\d+\./, `.${Date.now() + 9 * SESSION_MS}.`),
      session.replace(/=[^.]+\./, `=${Buffer.from('viewer').toString('base64url')}.`),
      'forewarm-bull-board=..',
      'forewarm-bull-board=b3Bz.NaN.x',
    ];
    for (const path of EVERYWHERE)
      for (const method of ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']) {
        const answer = await callRaw(url, { path, method });
        expect([method, path, answer.status]).toEqual([method, path, 401]);
      }
    for (const cookie of forged)
      expect((await callRaw(url, { path: '/bull-board/api/queues', headers: { cookie } })).status).toBe(401);
    for (const path of ['/bull%2Dboard/', '/BULL-BOARD/', '/v1/../bull-board/', '//bull-board/'])
      expect((await callRaw(url, { path, headers: { cookie: session } })).status, path).toBe(404);
    const page = await callRaw(url, { path: '/bull-board/queue/a', headers: { accept: 'text/html' } });
    expect([page.status, String(page.body)]).toEqual([401, expect.stringContaining('href="../../work"')]);
    expect(acted).toEqual([]);
  });

  test('is for looking with the scope read, and for nothing without', async () => {
    const server = await start();
    const { url, call, queue, acted, keysNow } = server;
    const before = await keysNow();
    const cookie = await sessionOf(server, 'token-of-viewer');
    const list = await call(`/bull-board/api/queues?activeQueue=${LANE}&jobsPerPage=10&page=1`, {
      headers: { cookie },
    });
    const text = await list.text();
    expect(JSON.parse(text)).toMatchObject({
      queues: [
        { name: 'control' },
        { name: LANE, readOnlyMode: true, counts: { failed: 1, prioritized: 1 } },
      ],
    });
    expect(text).toContain('[secret]');
    expect(text).not.toContain(SECRET);
    const job = await (await call(`/bull-board/api/queues/${LANE}/a`, { headers: { cookie } })).text();
    expect([job.includes(SECRET), job.includes('refused')]).toEqual([false, true]);
    for (const method of ['PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'])
      expect((await callRaw(url, { path: RETRY, method, headers: { cookie } })).status, method).toBe(403);
    expect((await queue.counts(LANE)).failed).toBe(1);
    expect(acted).toEqual([]);
    // Looking leaves nothing behind, neither of lanes that hold something nor of others.
    expect(await keysNow()).toEqual(before);
    expect((await call('/bull-board/session', { method: 'POST' })).status).toBe(401);
    const warmer = { method: 'POST', headers: bearer('token-of-warmer') };
    expect((await call('/bull-board/session', warmer)).status).toBe(403);
    expect((await call('/bull-board/', { headers: bearer('token-of-warmer') })).status).toBe(403);
  });

  test('lets an admin change jobs, which is on record, and nothing that workers do not heed', async () => {
    const server = await start();
    const { call, queue, acted } = server;
    const cookie = await sessionOf(server, 'token-of-ops');
    const put = (path: string, headers = {}) =>
      call(path, { method: 'PUT', headers: { cookie, ...headers } });
    for (const site of ['cross-site', 'same-site'])
      expect((await put(RETRY, { 'sec-fetch-site': site })).status).toBe(403);
    expect((await put(`/bull-board/api/queues/${LANE}/pause`)).status).toBe(409);
    expect((await put(`/bull-board/api/queues/${LANE}/obliterate`)).status).toBe(409);
    const kept = await call(`/bull-board/api/queues/${LANE}/b/update-data`, {
      ...{ method: 'PATCH', headers: { cookie, 'content-type': 'application/json' } },
      body: JSON.stringify({ jobData: { key: 'profile:[secret]' } }),
    });
    expect([kept.status, await kept.text()]).toEqual([409, expect.stringContaining('in place of a secret')]);
    const job = await (await call(`/bull-board/api/queues/${LANE}/b`, { headers: { cookie } })).text();
    expect([job.includes(SECRET), job.includes('"[secret]":1')]).toEqual([false, true]);
    expect((await put(RETRY, { 'sec-fetch-site': 'same-origin' })).status).toBe(204);
    expect(await queue.counts(LANE)).toMatchObject({ failed: 0, waiting: 2 });
    const told = (path: string, outcome: string, result: string) => ({
      ...{ method: 'PUT', path: `/api/queues/${LANE}/${path}`, outcome, result },
    });
    await eventually(
      async () => acted,
      ({ length }) => length === 4,
    );
    expect(acted).toEqual([
      told('pause', 'failed', 'status 409'),
      told('obliterate', 'failed', 'status 409'),
      { ...told('b/update-data', 'failed', 'status 409'), method: 'PATCH' },
      told('a/retry', 'done', 'status 204'),
    ]);
    // A lane that comes later is there, and its jobs can be asked for at once.
    await queue.add([envelope('c', { lane: 'later' })]);
    expect((await call('/bull-board/api/queues/later/c', { headers: { cookie } })).status).toBe(200);
  });

  test('takes changes by a session only from the origin that asked for it', async () => {
    const server = await start();
    const { call, url, queue, acted } = server;
    const own = 'http://ops.example:8080';
    const send = (cookie: string, headers = {}) =>
      callRaw(url, { path: RETRY, method: 'PUT', headers: { cookie, ...headers } });
    const ofPage = await sessionOf(server, 'token-of-ops', { origin: own });
    const foreign = { origin: 'http://ops.example:9999' };
    const refused = await send(ofPage, foreign);
    expect(String(refused.body)).toContain('sent by a page of \\"http://ops.example:9999\\"');
    const ofProgram = await sessionOf(server, 'token-of-ops');
    const ofNull = await sessionOf(server, 'token-of-ops', { origin: 'null' });
    for (const answer of [
      refused,
      await send(ofPage),
      await send(ofPage, { origin: 'null' }),
      await send(ofPage.replace(/\.[\w-]+\.([\w-]+)$/, '..$1')),
      await send(ofProgram, foreign),
      await send(ofNull, { origin: 'null' }),
    ])
      expect([401, 403]).toContain(answer.status);
    // Whoever looks needs no origin: browsers name none then.
    expect((await call('/bull-board/api/queues', { headers: { cookie: ofPage } })).status).toBe(200);
    expect([(await queue.counts(LANE)).failed, acted]).toEqual([1, []]);
    expect((await send(ofPage, { origin: own })).status).toBe(204);
    expect((await queue.counts(LANE)).failed).toBe(0);
  });

  test('ends a session after an hour, on request, and with its token', async () => {
    const server = await start();
    const { call, clock } = server;
    const cookie = await sessionOf(server, 'token-of-viewer');
    const look = async (of: Pick<Started, 'call'>) =>
      (await of.call('/bull-board/api/queues', { headers: { cookie } })).status;
    expect(await look(server)).toBe(200);
    // Every process of the API knows it, and one that has another token of this name does not.
    const other = await start({ tokens: TOKENS });
    expect(await look(other)).toBe(200);
    const changed = await start({ tokens: [{ ...TOKENS[1], token: 'another' as never }, TOKENS[0]] });
    expect(await look(changed)).toBe(401);
    const ended = await call('/bull-board/session', { method: 'DELETE' });
    expect(ended.headers.get('set-cookie')).toMatch(/^forewarm-bull-board=; Max-Age=0;/);
    await clock.advance(SESSION_MS);
    expect(await look(server)).toBe(401);
    const secure = await call('/bull-board/session', {
      method: 'POST',
      headers: { ...bearer('token-of-viewer'), origin: 'https://ops.example' },
    });
    expect(secure.headers.get('set-cookie')).toMatch(/; Secure$/);
  });

  test('is open to this machine without tokens, and is not there unless it is wanted', async () => {
    const { url, call } = await start({ tokens: [] });
    expect((await call('/bull-board/api/queues')).status).toBe(200);
    expect((await callRaw(url, { path: '/bull-board/', headers: { host: 'evil.example' } })).status).toBe(
      403,
    );
    const without = await startApi({ tokens: TOKENS });
    const headers = bearer('token-of-ops');
    for (const path of ['/bull-board', '/bull-board/', '/bull-board/api/queues'])
      expect((await without.call(path, { headers })).status).toBe(404);
    expect((await without.call('/bull-board/session', { method: 'POST', headers })).status).toBe(404);
  });

  test('works in a browser behind a proxy at a path, asks no other server, and breaks no rule of its page', async () => {
    const server = await start();
    const proxy = await startPrefixingNginx({ port: Number(new URL(server.url).port), token: '' });
    onTestFinished(() => proxy.stop());
    const browser = await startBrowser();
    onTestFinished(() => browser.close());
    const root = `${proxy.url}/forewarm`;
    const { page, complaints } = await browser.open(`${root}/bull-board`);
    await page.getByRole('heading', { name: 'Open bull-board from the console' }).waitFor();
    const foreign: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(root)) foreign.push(request.url());
    });
    const openAs = async (token: string) => {
      await page.goto(`${root}/no-such-view`);
      const init = JSON.stringify({ method: 'POST', headers: bearer(token) });
      await page.evaluate(`fetch('bull-board/session', ${init})`);
      await page.goto(`${root}/bull-board/queue/${LANE}/a`);
      // Coloured beside the page, by a script that loads the rest of itself.
      await page.getByText('UnrecoverableError').waitFor();
    };
    const failed = `${root}/bull-board/queue/${LANE}?status=failed`;
    const retry = page.getByRole('button', { name: 'Retry all' });
    await openAs('token-of-viewer');
    expect(await page.getByText('[secret]').count()).toBeGreaterThan(0);
    await page.goto(failed);
    await page.getByText('UnrecoverableError').waitFor();
    expect(await retry.count()).toBe(0);
    await openAs('token-of-ops');
    await page.goto(failed);
    await retry.click();
    await page.getByRole('button', { name: 'Confirm' }).click();
    await eventually(
      () => server.queue.counts(LANE),
      ({ failed }) => failed === 0,
    );
    // The record is written once the answer is known, which may be after the jobs have moved.
    await eventually(
      async () => server.acted,
      (acted) => acted.length > 0,
    );
    expect(server.acted).toMatchObject([{ outcome: 'done' }]);
    expect({ complaints, foreign }).toEqual({ complaints: [], foreign: [] });
  });
});
