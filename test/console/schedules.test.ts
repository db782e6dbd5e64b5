/** The views of schedules in a real browser, on a real installation that fires one of them each second; it ends with its Redis gone. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../src/api-client/client.ts';
import type { ScheduleVerbs } from '../../src/verbs/schedules/schedules.ts';
import { startApi } from '../support/api-server.ts';
import { accessProblems, type OpenPage, type PageOptions, type TestBrowser } from '../support/browser.ts';
import { type ConsoleSystem, OPS, startConsoleSystem } from '../support/console-system.ts';
import { sourcesOf } from '../support/system.ts';
import { until } from '../support/waiting.ts';

let started: ConsoleSystem;
let browser: TestBrowser;
let url = '';

beforeAll(async () => {
  started = await startConsoleSystem({
    markets: 12,
    scopes: ['read', 'warm'],
    config: {
      sources: sourcesOf('markets', 'warm', ['profile']),
      schedules: {
        nightly: { cron: '30 2 * * *', timezone: 'America/New_York', warm: 'source=profile' },
        'night-berlin': { cron: '0 2 * * *', timezone: 'Europe/Berlin', warm: 'source=profile' },
        often: { cron: '* * * * * *', warm: 'source=profile' },
      },
    },
  });
  browser = started.browser;
  url = String((await (await started.system.start('up')).event('started')).apiUrl);
  const api = createClient({ url, token: OPS });
  await until(
    'a run of the schedule that fires each second',
    () => api.listScheduleResults({ name: 'often' }),
    ({ schedules }) => schedules[0]?.ticks.some(({ result }) => result?.state === 'ended') === true,
  );
});

afterAll(() => started?.stop());

type Page = OpenPage['page'];

function open(path: string, token = OPS, options: PageOptions = {}): Promise<OpenPage> {
  return browser.open(`${url}/${path}`, { token, ...options });
}

const rowOf = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text }).first();
const times = (page: Page) => page.getByRole('group', { name: 'Coming times' }).getByRole('row');

/** Opens the dialog of an action, notes why, and does it. */
async function act(page: Page, button: string, verb: string, why: string): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Note, for the others').fill(why);
  await dialog.getByRole('button', { name: verb, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}

test('the list says when each fires, in its zone and here, and how its last times ended; its filters stand in the address', async () => {
  const { page, complaints } = await open('schedules');
  const nightly = rowOf(page, 'nightly');
  await nightly.getByText(/02:30 E[SD]T/).waitFor();
  await nightly.getByText(/00:30 M[SD]T/).waitFor();
  const marks = rowOf(page, 'often').getByRole('list', { name: 'The last times of often' });
  await marks
    .getByRole('img', { name: /finished/ })
    .first()
    .waitFor();
  expect(await accessProblems(page)).toEqual([]);
  await page.getByRole('searchbox').fill('night');
  await page.getByLabel('State').selectOption('paused');
  await page.getByText('No schedule matches.').waitFor();
  expect(new URL(page.url()).search).toBe('?search=night&state=paused');
  await page.getByRole('button', { name: 'Show all' }).click();
  await rowOf(page, 'often').waitFor();
  expect(complaints).toEqual([]);
});

test('a month shows what changes of the clocks do to its times', async () => {
  const { page, complaints } = await open('schedule?name=nightly&from=2027-03-13');
  await page.getByText('moved', { exact: true }).waitFor();
  await rowOf(page, '02:30:00 does not exist')
    .getByText(/03-14 03:00 EDT/)
    .waitFor();
  await rowOf(page, 'clocks go forward by 60 min').getByText('clock change').waitFor();
  await page.getByLabel('only what is special').check();
  await until(
    'what is special',
    () => times(page).count(),
    (rows) => rows === 3,
  );
  await page.goto(`${url}/schedule?name=night-berlin&from=2027-10-30&noted=true`);
  await page.getByText('doubled', { exact: true }).waitFor();
  expect(complaints).toEqual([]);
});

test('the history of a schedule has each skipped time, with its reason', async () => {
  const { page, complaints } = await open('schedule?name=often&ended=skipped');
  await act(page, 'Pause the schedule', 'Pause', 'a freeze');
  // The stream of changes tells of each time that a pause skips, so the page follows by itself.
  const skipped = page.getByRole('group', { name: 'How its times ended' }).getByRole('row');
  await skipped.filter({ hasText: 'skipped: paused' }).filter({ hasText: 'a freeze' }).first().waitFor();
  await page.getByText('Paused', { exact: true }).waitFor();
  expect(await accessProblems(page)).toEqual([]);
  await act(page, 'Resume the schedule', 'Resume', '');
  await page.goto(`${url}/schedule?name=no-such`);
  await page.getByRole('alert').getByText('no-such').first().waitFor();
  expect(complaints).toEqual([]);
});

test('without a schedule, the list says what to do', async () => {
  const none: Partial<ScheduleVerbs> = { schedules: async () => [], scheduleResults: async () => [] };
  const empty = await startApi({ over: () => none });
  const { page } = await browser.open(`${empty.url}/schedules`);
  await page.getByText('No schedule is configured.').waitFor();
  expect(await page.getByRole('button', { name: /shown/ }).count()).toBe(0);
});
