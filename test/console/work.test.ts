/** The view of work, on a real installation with dead letters, and on verbs in memory for what takes hours or goes wrong. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/api-client/client.ts';
import { RedisDeadLetters } from '../../src/catalog/redis-dead-letters.ts';
import { ForewarmError } from '../../src/core/errors.ts';
import type { SeriesName } from '../../src/core/metrics/history-series.ts';
import type { LaneView, LiveProcess } from '../../src/verbs/process-shapes.ts';
import { lostKey } from '../contract/dead-letters.ts';
import { startApi } from '../support/api-server.ts';
import { accessProblems, type PageOptions, type TestBrowser } from '../support/browser.ts';
import { type ConsoleSystem, OPS, startConsoleSystem, VIEWER } from '../support/console-system.ts';
import { sourcesOf } from '../support/system.ts';
import { until } from '../support/waiting.ts';

let started: ConsoleSystem;
let browser: TestBrowser;
let url = '';

beforeAll(async () => {
  started = await startConsoleSystem({
    markets: 12,
    scopes: ['admin'],
    config: { sources: sourcesOf('markets', 'warm', ['profile']), console: { bullBoard: true } },
  });
  browser = started.browser;
  url = String((await (await started.system.start('up')).event('started')).apiUrl);
  const redis = new Redis(started.redis.url);
  const dead = new RedisDeadLetters({ redis, prefix: 'forewarm' });
  const [market = ''] = started.system.markets;
  const of = { source: 'profile', run: 'nightly-1' };
  await dead.add([
    lostKey(`profile:${market}`, Date.now() - 60_000, { ...of, reason: 'the origin answered 404' }),
    ...Array.from({ length: 1_200 }, (_, i) =>
      lostKey(`profile:no-${i}`, Date.now() - 120_000 - i, { ...of, reason: 'the origin answered 503' }),
    ),
  ]);
  await redis.quit();
});

afterAll(() => started?.stop());

const open = (path: string, options: PageOptions = {}) =>
  browser.open(`${url}/${path}`, { token: OPS, ...options });

test('dead letters are listed by a filter that stands in the address, and tried again by it, with a note', async () => {
  const { page, complaints } = await open('work?reason=answered%20404');
  const list = page.getByRole('group', { name: 'Dead letters' });
  await list.getByText('the origin answered 404').waitFor();
  expect(await list.getByRole('row').count()).toBe(2);
  await page.getByRole('button', { name: 'Try again' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('1 dead letter: reason answered 404.').waitFor();
  await dialog.getByLabel('Note, for the others').fill('it is back');
  await dialog.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('1 dead letter queued again').waitFor();
  await page.getByText('No dead letter is like that.').waitFor();
  const api = createClient({ url, token: OPS });
  const { actions } = await api.listActions({ verb: 'redrive' });
  expect(actions).toMatchObject([{ who: 'ops', note: 'it is back', about: 'reason=answered 404' }]);
  await page.getByRole('button', { name: 'Show all' }).click();
  // Above a thousand their number is typed.
  await page.getByRole('button', { name: 'Try again' }).click();
  await dialog.getByText('It concerns 1,200 dead letters.').waitFor();
  expect(await accessProblems(page)).toEqual([]);
  expect(await dialog.getByRole('button', { name: 'Try again' }).isDisabled()).toBe(true);
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'the run of their keys' }).click();
  await page.getByText(/of 1 key/).waitFor();
  expect(complaints).toEqual([]);
});

test('a list loses what is gone from it far below, and keeps its place and the focus', async () => {
  const redis = new Redis(started.redis.url);
  onTestFinished(async () => void (await redis.quit()));
  const dead = new RedisDeadLetters({ redis, prefix: 'forewarm' });
  const { page } = await open('work?reason=answered%20503');
  const list = page.getByRole('group', { name: 'Dead letters' });
  const key = (i: number) => list.getByRole('link', { name: `profile:no-${i}`, exact: true });
  await key(0).waitFor();
  // As far as there are rows, and on as more come.
  const scroll = (i: number) =>
    until(
      `row ${i}`,
      () =>
        list.evaluate((element, top) => Reflect.set(element, 'scrollTop', top) && element.scrollTop, i * 36),
      (top) => top === i * 36,
    );
  await scroll(450);
  await scroll(300);
  await key(302).focus();
  const gone = (await dead.list(2_000)).filter(({ key }) => /-(30[35]|390|50)$/.test(key));
  await dead.remove(gone);
  await key(303).waitFor({ state: 'detached' });
  // One of those that are gone stood above what is in sight, which stays where it is.
  expect(await list.evaluate((element) => element.scrollTop)).toBe(299 * 36);
  expect(await page.evaluate('document.activeElement.textContent')).toBe('profile:no-302');
});

test('bull-board opens by its link, for who may only look as for others', async () => {
  const { page } = await open('work', { token: VIEWER });
  const action = page.getByRole('button', { name: 'Try again' });
  await page.getByText('needs the scope admin; viewer has read').waitFor({ state: 'attached' });
  expect(await action.getAttribute('aria-disabled')).toBe('true');
  const api = createClient({ url, token: VIEWER });
  await expect(api.redriveDeadLetters({ body: {} })).rejects.toMatchObject({ status: 403 });
  const opened = page.waitForEvent('popup');
  await page.getByRole('link', { name: 'bull-board' }).click();
  const board = await opened;
  await board.getByText('profile').or(board.getByText('markets')).first().waitFor();
  expect(board.url()).toBe(`${url}/bull-board/`);
  expect(await board.evaluate('window.opener')).toBeNull();
  const ended = page.waitForResponse((answer) => answer.request().method() === 'DELETE');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await ended;
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await board.reload();
  await board.getByRole('heading', { name: 'Open bull-board from the console' }).waitFor();
  // A page that has forgotten its token, as one without is when it is loaded again, ends what another has left.
  const init = JSON.stringify({ method: 'POST', headers: { authorization: `Bearer ${VIEWER}` } });
  await page.evaluate(`fetch('bull-board/session', ${init})`);
  const endedAtStart = page.waitForResponse((answer) => answer.request().method() === 'DELETE');
  await page.addInitScript("sessionStorage.removeItem('forewarm.token')");
  await page.reload();
  expect((await endedAtStart).status()).toBe(200);
  await board.reload();
  await board.getByRole('heading', { name: 'Open bull-board from the console' }).waitFor();
});

const HOUR = 3_600_000;
const LANE: LaneView = {
  ...{
    lane: 'markets',
    origin: 'markets',
    configured: true,
    waiting: 1_204,
    delayed: 3,
    active: 0,
    failed: 2,
  },
  oldest: Date.now() - 2 * HOUR,
  waited: { jobs: 10, p50: 40, p95: 900, p99: 65_000 },
  workers: [],
  waitsFor: [
    {
      for: 'worker',
      origin: null,
      until: null,
      reason: 'no worker is running: start one with `forewarm worker`',
      by: null,
    },
  ],
};
const PROCESS: LiveProcess = {
  ...{
    id: 'p1',
    name: 'worker 4711 on host-a',
    roles: ['worker'],
    host: 'host-a',
    pid: 4711,
    version: '1.0.0',
  },
  ...{ configuration: 'aaaa1111', startedAt: Date.now() - HOUR, seenAt: Date.now(), health: 'stuck' },
  reasons: ['no progress for 40 s'],
  lanes: [{ lane: 'markets', active: 2 }],
  ...{ memory: { entries: 3, bytes: 12_000 }, clockBehind: 4_000, logLevel: 'info' },
};

/** Four hours: waits that grow until nobody takes jobs any more; the oldest goes on. */
const series = (name: SeriesName, values: (number | null)[]) => ({
  ...{ series: name, labels: { lane: 'markets' }, kind: 'peak' as const, unit: 'ms' as const },
  ...{ values, lowest: values, highest: values },
});

test.each([
  ['light', 1280],
  ['dark', 360],
] as const)(
  'lanes that nobody works on, and processes that differ, are pointed out: %s, %i px wide',
  async (scheme, width) => {
    const { url: address } = await startApi({
      over: (base) => ({
        lanes: async () => ({
          at: Date.now(),
          lanes: [
            LANE,
            { ...LANE, lane: 'gone', origin: null, configured: false, waitsFor: [], oldest: null },
          ],
        }),
        processes: async () => ({
          at: Date.now(),
          processes: [
            PROCESS,
            { ...PROCESS, id: 'p2', name: 'api 1 on host-b', version: '1.1.0', configuration: 'bbbb' },
          ],
        }),
        history: async (request) => {
          const real = await base.history({ ...request, from: undefined });
          const at = Math.floor(Date.now() / 60_000) * 60_000;
          const four = Array.from({ length: 240 }, (_, i) => i);
          return {
            ...real,
            ...{ from: at - 239 * 60_000, step: 60_000, steps: 240, incompleteFrom: at },
            rows: [
              series(
                'wait-p50',
                four.map((i) => (i < 120 ? 20 + i : null)),
              ),
              series(
                'wait-p95',
                four.map((i) => (i < 120 ? 300 + 9 * i : null)),
              ),
              series(
                'wait-p99',
                four.map((i) => (i < 120 ? 2_000 + 90 * i : null)),
              ),
              series(
                'oldest-job',
                four.map((i) => (i < 120 ? 0 : (i - 119) * 60_000)),
              ),
              series(
                'jobs-waiting',
                four.map((i) => (i < 120 ? i % 7 : i * 9)),
              ),
            ],
          };
        },
      }),
    });
    const { page, complaints } = await browser.open(`${address}/work`, { scheme, width });
    await page.getByText('no worker is running: start one with').waitFor();
    await page.getByText('forewarm drain --lane gone').waitFor();
    await page.getByText('no progress for 40 s').first().waitFor();
    await page.getByText('These are of different versions.').waitFor();
    await page.getByText('These are configured differently').waitFor();
    await page.getByRole('heading', { name: 'One lane over time' }).waitFor();
    const said = page.getByText(/How long jobs wait, at/);
    await said.waitFor({ state: 'attached' });
    expect(await said.textContent()).toMatch(
      /half waited less unknown, .*age of the oldest that waits 1 h 59 min/,
    );
    expect(await accessProblems(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    expect(complaints).toEqual([]);
  },
);

test('the view says what the server says while Redis is away', async () => {
  const away = async (): Promise<never> => {
    throw new ForewarmError('E_REDIS_UNAVAILABLE', 'redis at redis://jobs does not answer');
  };
  const { url: address } = await startApi({
    over: () => ({ lanes: away, processes: away, deadLetters: away }),
  });
  const { page } = await browser.open(`${address}/work`);
  await expect.poll(() => page.getByRole('alert').count()).toBe(3);
});
