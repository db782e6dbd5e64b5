/**
 * Everything that can be done in the console: done once by somebody who may, with what it did on the server and who did it on record, and
 * not done by somebody who may not, neither on the page nor by the request that it would send. What is not in the table fails.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Scope } from '../../../src/api/access.ts';
import { type ApiClient, type ApiOperations, createClient } from '../../../src/api-client/client.ts';
import { OPERATIONS } from '../../../src/api-client/generated/api.ts';
import type { ActionVerb } from '../../../src/verbs/audit/action-verbs.ts';
import { moveTo, type OpenPage } from '../../support/browser.ts';
import type { ConsoleScene } from '../../support/console-scene.ts';
import { OPS, VIEWER } from '../../support/console-system.ts';
import { until } from '../../support/waiting.ts';

const CONSOLE = fileURLToPath(new URL('../../../console/src', import.meta.url));

let ops: ApiClient;
let viewer: ApiClient;
/** What is warm. */
let key = '';

interface Row {
  /** Where its `<Action>` stands: a file of the console, and the how manieth it is there. */
  readonly stands: string;
  readonly view: () => string;
  readonly button: string | RegExp;
  readonly scope: Scope;
  /** What the dialog says, of the system above. */
  readonly says: string | RegExp;
  /** Chooses in the dialog. */
  readonly choose?: (dialog: Locator) => Promise<void>;
  /** The button of the dialog. */
  readonly does: string;
  readonly operation: keyof ApiOperations;
  /** The request that the page sends. */
  readonly request: (api: ApiClient) => Promise<unknown>;
  readonly verb: ActionVerb;
  /** Makes what it is done to. */
  readonly given?: () => Promise<unknown>;
  /** What can be seen of it on the server. */
  readonly isDone: (note: string) => Promise<boolean>;
}

const NIGHTLY = { which: { names: ['nightly'] } };
const BOTH = { which: { names: ['nightly', 'night-berlin'] } };
const atNightly = () => '/schedule?name=nightly';
const nightly = () => ops.showSchedule({ name: 'nightly' });
const areAll = async (fits: (pause: { readonly why: string } | null) => boolean) =>
  (await ops.listSchedules()).schedules
    .filter(({ name }) => BOTH.which.names.includes(name))
    .every(({ paused }) => fits(paused));
const slow = { id: 'slow', selector: 'source=summary' };

/** In an order in which each finds what it is done to. */
const ROWS: readonly Row[] = [
  {
    ...{ stands: 'views/schedules/schedules.tsx 1', view: () => '/schedules?search=night', scope: 'warm' },
    ...{ button: 'Pause 2 shown', says: 'night-berlin', does: 'Pause' },
    ...{
      operation: 'pauseSchedules',
      request: (api) => api.pauseSchedules({ body: BOTH }),
      verb: 'pauseSchedules',
    },
    isDone: (note) => areAll((pause) => pause?.why === note),
  },
  {
    ...{ stands: 'views/schedules/schedules.tsx 2', view: () => '/schedules?search=night', scope: 'warm' },
    ...{ button: 'Resume 2 shown', says: 'night-berlin', does: 'Resume' },
    ...{
      operation: 'resumeSchedules',
      request: (api) => api.resumeSchedules({ body: BOTH }),
      verb: 'resumeSchedules',
    },
    isDone: () => areAll((pause) => pause === null),
  },
  {
    ...{ stands: 'views/schedules/schedule.tsx 1', view: atNightly, scope: 'warm' },
    ...{ button: 'Skip the next', says: 'nightly', does: 'Skip' },
    ...{
      operation: 'skipTick',
      request: (api) => api.skipTick({ name: 'nightly', body: {} }),
      verb: 'skipTick',
    },
    isDone: async (note) => (await nightly()).asked.some(({ why }) => why === note),
  },
  {
    ...{ stands: 'views/schedules/coming.tsx 1', view: atNightly, scope: 'warm' },
    ...{
      button: 'Let it fire',
      says: 'nightly',
      does: 'Let it fire',
      operation: 'skipTick',
      verb: 'skipTick',
    },
    request: (api) => api.skipTick({ name: 'nightly', body: { undo: true } }),
    isDone: async () => (await nightly()).asked.length === 0,
  },
  {
    ...{ stands: 'views/schedules/coming.tsx 1', view: atNightly, scope: 'warm' },
    ...{ button: 'Skip', says: 'nightly', does: 'Skip' },
    ...{
      operation: 'skipTick',
      request: (api) => api.skipTick({ name: 'nightly', body: {} }),
      verb: 'skipTick',
    },
    isDone: async (note) => (await nightly()).asked.some(({ why }) => why === note),
  },
  {
    ...{ stands: 'views/schedules/schedule.tsx 2', view: atNightly, scope: 'warm' },
    ...{ button: 'Pause the schedule', says: 'nightly', does: 'Pause' },
    ...{
      operation: 'pauseSchedules',
      request: (api) => api.pauseSchedules({ body: NIGHTLY }),
      verb: 'pauseSchedules',
    },
    isDone: async (note) => (await nightly()).paused?.why === note,
  },
  {
    ...{ stands: 'views/schedules/schedule.tsx 3', view: atNightly, scope: 'warm' },
    ...{ button: 'Resume the schedule', says: 'nightly', does: 'Resume' },
    ...{
      operation: 'resumeSchedules',
      request: (api) => api.resumeSchedules({ body: NIGHTLY }),
      verb: 'resumeSchedules',
    },
    isDone: async () => (await nightly()).paused === null,
  },
  {
    ...{ stands: 'views/keys/selection-actions.tsx 2', view: () => `/key?key=${key}`, scope: 'invalidate' },
    ...{ button: 'Invalidate…', says: 'disk', choose: (dialog) => dialog.getByLabel('Drop them.').check() },
    ...{ does: 'Invalidate', operation: 'invalidate', verb: 'invalidate' },
    request: (api) => api.invalidate({ body: { selector: `key=${key}` } }),
    isDone: async () => (await ops.explainKey({ key: key })).verdict === 'cold',
  },
  {
    ...{ stands: 'views/schedules/firing.tsx 1', view: atNightly, scope: 'warm' },
    ...{ button: 'Fire now', says: 'keys it fetches 1', does: 'Fire' },
    ...{
      operation: 'triggerSchedule',
      request: (api) => api.triggerSchedule({ name: 'nightly' }),
      verb: 'trigger',
    },
    isDone: async () =>
      (await ops.listRuns()).runs.some(({ schedule, state }) => schedule === 'nightly' && state === 'ended'),
  },
  {
    ...{ stands: 'views/keys/selection-actions.tsx 1', view: () => `/key?key=${key}`, scope: 'warm' },
    ...{
      button: 'Warm…',
      says: 'Fetch also what is fresh',
      does: 'Warm',
      operation: 'createRun',
      verb: 'warm',
    },
    request: (api) => api.createRun({ body: { selector: `key=${key}` } }),
    given: () => ops.invalidate({ body: { selector: `key=${key}`, mode: 'drop' } }),
    isDone: async () => (await ops.explainKey({ key: key })).verdict === 'warm',
  },
  {
    ...{ stands: 'views/runs/run.tsx 1', view: () => `/run?id=${slow.id}`, scope: 'warm' },
    ...{
      button: 'Stop the run',
      says: 'What is warm stays warm.',
      does: 'Stop',
      operation: 'stopRun',
      verb: 'stopRun',
    },
    request: (api) => api.stopRun({ id: slow.id }),
    given: () => ops.createRun({ body: slow }),
    isDone: async () => (await ops.readRun({ id: slow.id })).endedReason === 'stopped',
  },
];

/** The files of the console, and what is in them. */
async function sources(): Promise<(readonly [name: string, text: string])[]> {
  const names = (await readdir(CONSOLE, { recursive: true })).filter((name) => /\.tsx?$/.test(name));
  return Promise.all(names.map(async (name) => [name, await readFile(join(CONSOLE, name), 'utf8')] as const));
}

/** Done with and without their scope by the tests of their views, which have what they are done to. */
const ELSEWHERE: Readonly<
  Record<string, { readonly test: string; readonly operation: keyof ApiOperations }>
> = {
  'views/origins/quarantine.tsx': { test: 'origins.test.ts', operation: 'releaseQuarantine' },
  'views/work/redriving.tsx': { test: 'work.test.ts', operation: 'redriveDeadLetters' },
};

/** They are no GET, and change nothing. */
const READING = new Set(['plan', 'readEntries', 'beginBullBoardSession', 'endBullBoardSession']);

type Page = OpenPage['page'];

/** Does nothing where the page is there already: it keeps up by itself. */
async function visit(page: Page, address: string): Promise<void> {
  const { pathname, search } = new URL(page.url());
  if (pathname + search !== address) await moveTo(page, address);
}

async function expectForbidden(page: Page, { view, button, scope, request }: Row): Promise<void> {
  await visit(page, view());
  const off = page.getByRole('button', { name: button, exact: true }).first();
  await off.waitFor();
  expect(await off.getAttribute('aria-disabled')).toBe('true');
  expect(await off.getAttribute('title')).toBe(`needs the scope ${scope}; viewer has read`);
  await off.click({ force: true });
  expect(await page.getByRole('dialog').count()).toBe(0);
  await expect(request(viewer)).rejects.toMatchObject({ status: 403, code: 'E_FORBIDDEN' });
}

async function act(page: Page, { button, says, choose, does }: Row, note: string): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(says).first().waitFor();
  await choose?.(dialog);
  await dialog.getByLabel('Note, for the others').fill(note);
  await dialog.getByRole('button', { name: does, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}

/** On one page of who may, and one of who may not. */
export function everyAction(scene: () => ConsoleScene): void {
  describe('every action', () => {
    let mine: OpenPage;
    let theirs: OpenPage;

    beforeAll(async () => {
      const { browser, url, api } = scene();
      ops = api;
      viewer = createClient({ url, token: VIEWER });
      ({ key } = scene());
      mine = await browser.open(`${url}/`, { token: OPS, lasting: true });
      theirs = await browser.open(`${url}/`, { token: VIEWER, lasting: true });
    });

    // Open pages load again what changes.
    afterAll(() => Promise.all([mine, theirs].map((opened) => opened?.page.context().close())));

    test('every action of the console is in the table, and every request that changes something belongs to one', async () => {
      const files = await sources();
      const elsewhere = files.flatMap(([name]) => ELSEWHERE[name] ?? []);
      for (const { test: name } of elsewhere)
        expect(await readFile(new URL(`../${name}`, import.meta.url), 'utf8')).toContain('needs the scope');
      const standing = files
        .filter(([name]) => ELSEWHERE[name] === undefined)
        .flatMap(([name, text]) => [...text.matchAll(/<Action\b/g)].map((_, i) => `${name} ${i + 1}`));
      expect([...new Set(ROWS.map(({ stands }) => stands))].toSorted()).toEqual(standing.toSorted());
      const called = new Set(
        files.flatMap(([, text]) =>
          [...text.matchAll(/(?:\bapi|peek\(\))\s*\.(\w+)\(/g)].map(([, name]) => name ?? ''),
        ),
      );
      const changing = Object.entries(OPERATIONS)
        .filter(([name, { method }]) => method !== 'GET' && !READING.has(name) && called.has(name))
        .map(([name]) => name);
      const tested = new Set([...ROWS, ...elsewhere].map(({ operation }) => operation));
      expect(changing.toSorted()).toEqual([...tested].toSorted());
    });

    describe('an action', () => {
      test.each(ROWS.map((row, i) => ({ row, i, title: `${row.button} (${row.stands})` })))(
        '$title',
        async ({ row, i }) => {
          await row.given?.();
          await expectForbidden(theirs.page, row);
          const note = `because of <b>${i}</b>`;
          await visit(mine.page, row.view());
          const before = Date.now();
          await act(mine.page, row, note);
          await until(`what ${row.button} does`, () => row.isDone(note), Boolean);
          const { actions } = await ops.listActions({ verb: row.verb, limit: 1 });
          expect(actions).toMatchObject([{ who: 'ops', way: 'api', verb: row.verb, note, outcome: 'done' }]);
          expect(actions[0]?.at).toBeGreaterThanOrEqual(before - 1_000);
          expect(mine.complaints).toEqual([]);
        },
      );
    });
  });
}
