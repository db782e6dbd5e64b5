/**
 * The views of origins in a real browser, on a real installation whose origins are slow, throttle, fail and are down: what is shown is
 * what they saw themselves. It ends with its Redis gone.
 */
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../src/api-client/client.ts';
import { RedisHistory } from '../../src/catalog/redis-history.ts';
import { rowName } from '../../src/core/metrics/history-series.ts';
import { startApi } from '../support/api-server.ts';
import { accessProblems, type OpenPage, type PageOptions, type TestBrowser } from '../support/browser.ts';
import { type ConsoleSystem, OPS, startConsoleSystem, VIEWER } from '../support/console-system.ts';
import { sourcesOf } from '../support/system.ts';
import { until } from '../support/waiting.ts';

const MARKETS = 12;
const MINUTE = 60_000;

/** What the origin `busy` answered, as it counted itself. */
const answered = { calls: 0, values: 0, absent: 0, refused: 0, throttled: 0, failed: 0, hungUp: 0 };

/** Slow; of its keys the first has no value, two are refused, one fails and one hangs up. It begins with "slow down". */
function answerBusily(market: number, response: ServerResponse): void {
  answered.calls += 1;
  const end = (what: keyof typeof answered, status: number, body = '{"population":1}') => {
    answered[what] += 1;
    const until = status === 429 ? { 'retry-after': '1' } : {};
    response.writeHead(status, { 'content-type': 'application/json', ...until }).end(body);
  };
  if (answered.throttled < 1) end('throttled', 429);
  else if (market === 0) end('absent', 404);
  else if (market <= 2) end('refused', 400, 'no such <b>market</b>');
  else if (market === 3) end('failed', 500);
  else if (market === 4) {
    answered.hungUp += 1;
    response.destroy();
  } else setTimeout(() => end('values', 200), 50);
}

let started: ConsoleSystem;
let browser: TestBrowser;
let url = '';
let markets: readonly string[] = [];
let downPort = 0;
const busy = createServer(({ url: path = '' }, response) =>
  answerBusily(
    markets.findIndex((id) => path.includes(`/${id}/`)),
    response,
  ),
);
const down = createServer((_, response) => response.end('{"population":1}'));

async function listen(server: Server, port = 0): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  const busyPort = await listen(busy);
  downPort = await listen(down);
  await new Promise((resolve) => down.close(resolve));
  const at = (port: number) => ({ kind: 'http', url: `http://127.0.0.1:${port}` });
  started = await startConsoleSystem({
    markets: MARKETS,
    scopes: ['read', 'warm', 'admin'],
    origins: () => ({ busy: { ...at(busyPort), rate: '50/s', concurrency: 4 }, down: at(downPort) }),
    config: {
      sources: {
        ...sourcesOf('markets', 'warm', ['profile']),
        ...sourcesOf('busy', 'warm', ['quotes']),
        ...sourcesOf('down', 'warm', ['legacy']),
      },
      // A call that a job loses is counted by its origin alone.
      workers: { lock: '30s' },
      jobs: { chunkSize: 100, backoff: '50ms', backoffMax: '100ms', attempts: 2, quarantine: { after: 1 } },
    },
  });
  ({ browser } = started);
  markets = started.system.markets;
  url = String((await (await started.system.start('up')).event('started')).apiUrl);
});

afterAll(async () => {
  await started?.stop();
  for (const server of [busy, down]) server.close();
});

type Page = OpenPage['page'];

const api = (token = OPS) => createClient({ url, token });

function open(path: string, token = OPS, options: PageOptions = {}): Promise<OpenPage> {
  return browser.open(`${url}/${path}`, { token, ...options });
}

const rows = (page: Page, label: string) => page.getByRole('group', { name: label }).getByRole('row');
const card = (page: Page, title: string) => page.getByRole('region', { name: title });

async function warm(selector: string): Promise<string> {
  return (await api().createRun({ body: { selector } })).id;
}

const ended = (id: string) =>
  until(
    'the end of the run',
    () => api().readRun({ id }),
    ({ state }) => state === 'ended',
  );
const budgetOf = async (origin: string) => (await api().readBudget({ origin })).origins[0];

test('an origin that throttles, refuses, fails and hangs up has each of its calls shown as what it was', async () => {
  await ended(await warm('source=quotes'));
  const all = await until(
    'all calls, as they were answered',
    () => budgetOf('busy'),
    (origin) => origin?.total.calls === answered.calls,
  );
  const { values, absent, refused, throttled, failed, hungUp } = answered;
  expect([values, throttled]).toEqual([MARKETS - 5, 1]);
  expect(all?.total).toMatchObject({
    ...{ throttled, failed: failed + hungUp },
    apart: { absent, refused, unanswered: hungUp },
  });
  const { page, complaints } = await open('origin?name=busy');
  const text = [
    `${values} answered, ${absent} not found, ${refused} refused`,
    `${throttled} slowed down, ${failed} failed, ${hungUp} no response.`,
  ].join(', ');
  await card(page, 'Who called it, in a day').getByText(text).waitFor();
  await page.getByText('Less than configured is allowed').waitFor();
  await page.getByText(/(the origin said|it had said) "slow down"/).waitFor();
  await card(page, 'Sources that use it').getByRole('link', { name: 'quotes' }).waitFor();
  expect(complaints).toEqual([]);
});

test('its calls over time are drawn against what is allowed, with what they came to', async () => {
  const redis = new Redis(started.redis.url);
  const history = new RedisHistory({ redis, prefix: 'forewarm' });
  const minute = Math.floor(Date.now() / MINUTE) * MINUTE;
  const of = (series: Parameters<typeof rowName>[0], value: number, user?: string) => ({
    row: rowName(series, { origin: 'busy', ...(user && { user }) }),
    value,
  });
  const users = ['live', 'hot', 'warm', 'cold', 'run'].map((user, i) => of('calls', i * 10, user));
  const points = [
    ...[...users, of('rate', 10), of('permits', 4), of('calls-at-once', 1.5), of('permits-used', 2)],
    ...[of('latency-p50', 40), of('latency-p95', 900), of('latency-p99', 2_500)],
    ...[of('calls-throttled', 7), of('calls-failed', 6), of('calls-unanswered', 2)],
    ...[of('calls-absent', 5), of('calls-refused', 4)],
  ];
  for (const ago of [3, 2, 1]) await history.record(minute - ago * MINUTE, points);
  redis.disconnect();
  const { page, complaints } = await open('origin?name=busy&over=1');
  const said = (title: string) => card(page, title).locator('figcaption');
  await said('Calls against what is allowed')
    .getByText(/hot refreshes 10, .*runs, probes 40, allowed by the rate 600/)
    .waitFor({ state: 'attached' });
  await said('Calls at the same time')
    .getByText('allowed 4, on average 1.5, when it was measured 2')
    .waitFor({ state: 'attached' });
  await said('How long calls take')
    .getByText('half of them less 40 ms, 95 % less 900 ms, 99 % less 3 s')
    .waitFor({ state: 'attached' });
  // 100 calls a minute: 7 + (6 - 2) + 2 + 5 + 4, and the others had values.
  await said('How calls ended')
    .getByText('answered 78, not found 5, refused 4, slowed down 7, failed 4, no response 2')
    .waitFor({ state: 'attached' });
  await card(page, 'How calls ended').locator('canvas').waitFor();
  await page.getByLabel('over').selectOption('24');
  await said('Calls against what is allowed').getByText('each part 1 min').waitFor({ state: 'attached' });
  expect(new URL(page.url()).search).toBe('?name=busy');
  expect(complaints).toEqual([]);
});

test('an origin that is down is the first of the list; its page says since when and why, and is told when it answers again', async () => {
  const run = await warm('source=legacy');
  await until(
    'an outage',
    () => budgetOf('down'),
    (origin) => origin?.breaker.state !== 'closed',
  );
  const { page, complaints } = await open('origins');
  await rows(page, 'Origins')
    .nth(1)
    .getByText(/^(fails|in doubt)$/)
    .waitFor();
  await page.getByRole('searchbox').fill('legacy');
  await page.getByText('1 shown', { exact: true }).waitFor();
  expect(new URL(page.url()).search).toBe('?search=legacy');
  await page.getByRole('link', { name: 'down', exact: true }).click();
  await page.getByText(/^Its calls (fail|failed, and may go well again)$/).waitFor();
  await page
    .getByText(/ECONNREFUSED/)
    .first()
    .waitFor();
  await listen(down, downPort);
  await card(page, 'Now').getByText('closed', { exact: true }).waitFor();
  await ended(run);
  expect(complaints).toEqual([]);
});

test('keys in quarantine are released: one that is chosen, then all there are, by the server, with a note', async () => {
  const aside = await until(
    'keys in quarantine',
    () => api().listQuarantine({ origin: 'busy' }),
    ({ total }) => total >= 4,
  );
  const { page, complaints } = await open('origin?name=busy');
  const listed = rows(page, 'Keys in quarantine');
  await listed.filter({ hasText: 'no such <b>market</b>' }).first().waitFor();
  expect(await listed.count()).toBe(aside.total + 1);
  await listed.nth(1).getByRole('checkbox').press('Space');
  await page.getByRole('button', { name: 'Release 1 chosen' }).click();
  await release(page, '');
  await page.getByText('1 key released.').waitFor();
  await page.getByRole('button', { name: `Release all ${aside.total - 1}` }).click();
  await page
    .getByRole('dialog')
    .getByText(`${aside.total - 1} now`)
    .waitFor();
  expect(await accessProblems(page)).toEqual([]);
  await release(page, 'the <b>origin</b> is mended');
  await card(page, 'Keys in quarantine').getByText('None. A key that fails').waitFor();
  const record = await until(
    'the release on record',
    async () => (await api().listActions({ verb: 'release' })).actions[0],
    (action) => action?.note !== '',
  );
  expect(record).toMatchObject({
    ...{ who: 'ops', about: 'origin=busy', note: 'the <b>origin</b> is mended' },
    result: `${aside.total - 1} keys`,
  });
  expect(complaints).toEqual([]);
});

async function release(page: Page, why: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Note, for the others').fill(why);
  await dialog.getByRole('button', { name: 'Release', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}

test('of a hundred origins those in trouble come first; more than a thousand keys are released by typing how many', async () => {
  const released: unknown[] = [];
  const { url: at } = await startApi({
    over: (verbs) => ({
      budget: async (name) => {
        const report = await verbs.budget();
        const [usual] = report.origins;
        if (usual === undefined) throw new Error('there is no origin');
        const all = Array.from({ length: 100 }, (_, i) => ({ ...usual, origin: `region-${i}` }));
        const outage = { state: 'probing', since: report.at, reason: 'it hung up' } as const;
        const doubted = all.map((each) =>
          each.origin === 'region-99' ? { ...each, breaker: outage } : each,
        );
        return { ...report, origins: doubted.filter(({ origin }) => (name ?? origin) === origin) };
      },
      quarantine: async () => ({ keys: [], cursor: null, total: 2_500 }),
      release: async (...asked) => released.push(asked),
    }),
  });
  const { page, complaints } = await browser.open(`${at}/origins`);
  await page.getByText('100 shown').waitFor();
  await rows(page, 'Origins').nth(1).getByText('region-99').waitFor();
  await page.getByLabel('State').selectOption('trouble');
  await page.getByText('1 shown', { exact: true }).waitFor();
  await page.getByRole('link', { name: 'region-99' }).click();
  await page.getByRole('button', { name: 'Release all 2,500' }).click();
  const dialog = page.getByRole('dialog');
  expect(await dialog.getByRole('button', { name: 'Release', exact: true }).isDisabled()).toBe(true);
  await dialog.getByLabel(/It concerns 2,500 keys/).fill('2500');
  await release(page, '');
  expect(released).toEqual([[[], { origin: 'region-99', why: '' }]]);
  await page.goto(`${at}/origins?search=nothing-like-it`);
  await page.getByRole('button', { name: 'Show all' }).click();
  await page.getByText('100 shown').waitFor();
  expect(complaints).toEqual([]);
});

test('who may only read is told so, and the API refuses a release', async () => {
  await warm('source=quotes');
  await until(
    'keys in quarantine',
    () => api().listQuarantine({ origin: 'busy' }),
    ({ total }) => total > 0,
  );
  const { page } = await open('origins', VIEWER);
  await rows(page, 'Origins').nth(3).waitFor();
  await page.getByRole('link', { name: 'busy', exact: true }).click();
  const button = page.getByRole('button', { name: /^Release all/ });
  await button.waitFor();
  expect(await button.getAttribute('title')).toContain('needs the scope admin');
  await button.click({ force: true });
  expect(await page.getByRole('dialog').count()).toBe(0);
  const refused = api(VIEWER).releaseQuarantine({ body: { origin: 'busy' } });
  await expect(refused).rejects.toMatchObject({ status: 403 });
});

/** The last one: it takes Redis away. */
test('with Redis gone, what was known stays, and says since when', async () => {
  const { page, complaints } = await open('origin?name=busy');
  await card(page, 'Now').waitFor();
  await started.redis.stop();
  // Paused and on again, everything is asked for.
  await page.keyboard.press('p');
  await page.keyboard.press('p');
  await page.getByText('What is shown was loaded').first().waitFor();
  expect(await card(page, 'Now').count()).toBe(1);
  await page.goto(`${url}/origin`);
  await page.getByRole('link', { name: 'All origins' }).waitFor();
  expect(complaints).toEqual([]);
});
