/** The views of schedules in a real browser, on a real installation that fires one of them each second; it ends with its Redis gone. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../src/api-client/client.ts';
import type { ScheduleVerbs } from '../../src/verbs/schedules/schedules.ts';
import { startApi } from '../support/api-server.ts';
import { accessProblems, type OpenPage, type PageOptions, type TestBrowser } from '../support/browser.ts';
import { type ConsoleSystem, OPS, startConsoleSystem, VIEWER } from '../support/console-system.ts';
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

test('all that a filter leaves are paused and resumed at once, with a note', async () => {
  const { page, complaints } = await open('schedules?search=night');
  await act(page, 'Pause 2 shown', 'Pause', 'the <b>API</b> moves');
  await page.getByText('2 schedules paused.').waitFor();
  await rowOf(page, 'night-berlin').getByText('when it is resumed').waitFor();
  const { schedules } = await createClient({ url, token: VIEWER }).listSchedules();
  const paused = schedules.filter((each) => each.paused !== null);
  expect(paused.map(({ name }) => name).toSorted()).toEqual(['night-berlin', 'nightly']);
  expect(paused[0]?.paused).toMatchObject({ by: 'ops', why: 'the <b>API</b> moves', until: null });
  await act(page, 'Resume 2 shown', 'Resume', 'it has moved');
  await rowOf(page, 'night-berlin').getByText(/02:00/).waitFor();
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

test('a time is left out, and fires after all', async () => {
  const { page, complaints } = await open('schedule?name=nightly');
  await times(page).nth(2).waitFor();
  await act(page, 'Skip', 'Skip', 'moving');
  const left = page.getByRole('group', { name: 'Coming times' }).getByText('left out', { exact: true });
  await left.waitFor();
  await rowOf(page, 'left a time out').getByText('moving').waitFor();
  await act(page, 'Let it fire', 'Let it fire', 'moved');
  await left.waitFor({ state: 'detached' });
  expect(complaints).toEqual([]);
});

test('a schedule fires now, after the page has said how many keys that concerns', async () => {
  const { page, complaints } = await open('schedule?name=nightly');
  await page.getByRole('button', { name: 'Fire now' }).click();
  await page.getByRole('dialog').getByText('Of 12 keys it fetches').waitFor();
  await page.getByRole('dialog').getByLabel('Note, for the others').fill('needed');
  await page.getByRole('dialog').getByRole('button', { name: 'Fire', exact: true }).click();
  await page.getByText('nightly fired:').waitFor();
  await rowOf(page, 'made it fire').getByText('needed').waitFor();
  expect(complaints).toEqual([]);
});

test('the history of a schedule has each skipped time, with its reason', async () => {
  const { page, complaints } = await open('schedule?name=often&ended=skipped');
  await act(page, 'Pause the schedule', 'Pause', 'a freeze');
  const api = createClient({ url, token: OPS });
  await until(
    'a time that the pause skipped',
    () => api.listTicks({ name: 'often' }),
    ({ ticks }) => ticks.some(({ reason }) => reason === 'paused'),
  );
  await page.reload();
  const skipped = page.getByRole('group', { name: 'How its times ended' }).getByRole('row');
  await skipped.filter({ hasText: 'skipped: paused' }).filter({ hasText: 'a freeze' }).first().waitFor();
  await page.getByText('Paused', { exact: true }).waitFor();
  expect(await accessProblems(page)).toEqual([]);
  await act(page, 'Resume the schedule', 'Resume', '');
  await page.goto(`${url}/schedule?name=no-such`);
  await page.getByRole('alert').getByText('no-such').first().waitFor();
  expect(complaints).toEqual([]);
});

test('both views can be used on a phone, in the dark', async () => {
  const { page } = await open('schedules', OPS, { scheme: 'dark', width: 360 });
  await rowOf(page, 'often').waitFor();
  expect(await accessProblems(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
  await page.getByRole('link', { name: 'nightly', exact: true }).click();
  await times(page).nth(2).waitFor();
  expect(await accessProblems(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
});

test('without a schedule, the list says what to do', async () => {
  const none: Partial<ScheduleVerbs> = { schedules: async () => [], scheduleResults: async () => [] };
  const empty = await startApi({ over: () => none });
  const { page } = await browser.open(`${empty.url}/schedules`);
  await page.getByText('No schedule is configured.').waitFor();
  expect(await page.getByRole('button', { name: /shown/ }).count()).toBe(0);
});

test('who may only read is told so at each action, and the API refuses it as well', async () => {
  const { page } = await open('schedule?name=nightly', VIEWER);
  await times(page).nth(2).waitFor();
  const isOff = async (name: string | RegExp) => {
    const button = page.getByRole('button', { name, exact: true }).first();
    expect(await button.getAttribute('title')).toContain('needs the scope warm');
    expect(await button.getAttribute('aria-disabled')).toBe('true');
    await button.click({ force: true });
  };
  for (const name of ['Pause the schedule', 'Fire now', 'Skip the next', 'Skip']) await isOff(name);
  await page.getByRole('link', { name: 'Schedules', exact: true }).click();
  await rowOf(page, 'often').waitFor();
  await isOff(/^Pause \d+ shown$/);
  expect(await page.getByRole('dialog').count()).toBe(0);
  const api = createClient({ url, token: VIEWER });
  const nightly = { which: { names: ['nightly'] } };
  const refused = await Promise.allSettled([
    api.pauseSchedules({ body: nightly }),
    api.resumeSchedules({ body: nightly }),
    api.skipTick({ name: 'nightly', body: {} }),
    api.triggerSchedule({ name: 'nightly' }),
  ]);
  for (const each of refused) expect(each).toMatchObject({ status: 'rejected', reason: { status: 403 } });
});

/** The last one: it takes Redis away. */
test('with Redis gone, what was known stays, and says since when', async () => {
  const { page, complaints } = await open('schedules');
  await rowOf(page, 'often').waitFor();
  await started.redis.stop();
  // Paused and on again, everything is asked for.
  await page.keyboard.press('p');
  await page.keyboard.press('p');
  await page.getByText('What is shown was loaded').first().waitFor();
  expect(await rowOf(page, 'nightly').count()).toBe(1);
  expect(complaints).toEqual([]);
});
