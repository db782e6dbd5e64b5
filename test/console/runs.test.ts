/** The view of one run, on verbs in memory: what it shows, and what it lets whom do. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countsOf } from '../../src/core/outcome.ts';
import type { RunFailures } from '../../src/verbs/runs/run-report-shapes.ts';
import type { RunView } from '../../src/verbs/runs/run-shapes.ts';
import { type ApiServerOptions, startApi } from '../support/api-server.ts';
import { accessProblems, type PageOptions, startBrowser, type TestBrowser } from '../support/browser.ts';
import type { VerbsInMemory } from '../support/in-memory/verbs.ts';

let browser: TestBrowser;

beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser?.close());

/** As high as the style sheet makes a row, in CSS pixels. */

const RUN: RunView = {
  ...{ id: 'run-1', state: 'running', selector: 'source=profile', named: null, cause: 'schedule' },
  ...{ schedule: 'nightly', nominal: 1, createdAt: Date.now() - 60_000, startedAt: Date.now() - 59_000 },
  ...{
    note: '',
    endedAt: null,
    endedReason: null,
    endedNote: '',
    unread: [],
    shrunk: [],
    coverage: {},
    revision: 7,
  },
  ...{ total: 6_000, pending: 2_000, waits: [] },
  counts: countsOf({ warmed: 3_000, unchanged: 500, 'already-warm': 200, failed: 250, refused: 50 }),
};
const ENDED: RunView = {
  ...RUN,
  ...{ state: 'ended', endedReason: 'finished', pending: 0, endedAt: Date.now(), revision: 8 },
  counts: { ...RUN.counts, warmed: 5_000 },
  coverage: { redis: { warm: 5_700, total: 6_000 } },
};

const FINAL = { final: true, state: 'ended', endedReason: 'finished', pending: 0, cancelled: 0 } as const;
const NONE = { count: 0, keys: [] };

/** So many keys that failed. */
function failuresOf(total: number) {
  return async (id: string, limit = 100, cursor = '0'): Promise<RunFailures> => {
    const from = Number(cursor);
    const failures = Array.from({ length: Math.min(limit, total - from) }, (_, i) => ({
      key: `profile:${from + i}`,
      outcome: 'failed' as const,
      reason: `answered 500 for the ${from + i}th time`,
    }));
    const next = from + failures.length;
    const rest = { unlisted: 0, progress: FINAL };
    return { run: id, failures, total, ...rest, cursor: next < total ? String(next) : null };
  };
}

async function openRun(
  run: RunView,
  {
    query = `?id=${encodeURIComponent(run.id)}`,
    page,
    ...options
  }: ApiServerOptions & { readonly query?: string; readonly page?: PageOptions } = {},
) {
  const over = (verbs: VerbsInMemory) => ({
    run: async () => run,
    runFailures: failuresOf(300),
    ...options.over?.(verbs),
  });
  const server = await startApi({ ...options, over });
  return { server, ...(await browser.open(`${server.url}/run${query}`, page)) };
}

describe('a run', () => {
  test('shows outcomes that add up to its manifest', async () => {
    const { page, complaints } = await openRun(RUN);
    const bar = page.getByRole('img', { name: /^warmed 3,000, unchanged 500/ });
    await bar.waitFor();
    const said = (await bar.getAttribute('aria-label')) ?? '';
    const numbers = said.split(/, (?=[a-z])/).map((part) => Number(part.replace(/\D/g, '')));
    expect(numbers.reduce((a, b) => a + b, 0)).toBe(6_000);
    await page.getByText('4,000', { exact: true }).waitFor();
    await page.getByRole('heading', { name: 'nightly' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('that was stopped says by whom and why', async () => {
    const stopped = {
      ...ENDED,
      endedReason: 'stopped',
      note: 'ann: imported',
      endedNote: 'by ops: it moves',
    } as const;
    const { page } = await openRun(stopped);
    await page.getByText('answered 500 for the 1th time').waitFor();
    await page.getByText('ann: imported').waitFor();
    await page.getByRole('paragraph').filter({ hasText: 'stopped by ops: it moves' }).waitFor();
  });

  test('makes of a hundred thousand rows those in sight, and goes to their end and back at once', async () => {
    const { page } = await openRun(ENDED, { over: () => ({ runFailures: failuresOf(100_000) }) });
    const list = page.getByRole('group', { name: 'Failed keys' });
    const row = (i: number) =>
      list.locator(`[aria-rowindex="${i + 2}"]`).getByText(`profile:${i}`, { exact: true });
    await row(0).waitFor();
    let requests = 0;
    page.on('request', (request) => {
      if (request.url().includes('/failures')) requests += 1;
    });
    await list.focus();
    await page.keyboard.press('End');
    await row(99_999).waitFor();
    // In large pages, and the first and the last of them as usual.
    expect(requests).toBeLessThan(35);
    expect(await list.getByRole('table').getAttribute('aria-rowcount')).toBe('100001');
    expect(await list.getAttribute('aria-busy')).toBe('false');
    expect(await page.evaluate('document.activeElement.ariaLabel')).toBe('Failed keys');
    for (let i = 0; i < 3; i += 1) await page.keyboard.press('PageUp');
    await row(99_999).waitFor({ state: 'detached' });
    await page.keyboard.press('Home');
    await row(0).waitFor();
    // Far away, by the scroll bar: that is loaded.
    await list.evaluate((element) => Reflect.set(element, 'scrollTop', 50_000 * 36));
    await row(50_003).waitFor();
    expect(requests).toBeLessThan(35);
    expect(await list.getByRole('row').count()).toBeLessThan(100);
    expect(await page.evaluate('performance.memory.usedJSHeapSize')).toBeLessThan(100e6);
  });

  test('shows names as what they are', async () => {
    const id = '<img src=x onerror=alert(1)>\u202egpj';
    const { page, complaints } = await openRun({ ...RUN, id, schedule: null });
    await page.getByRole('heading', { name: '<img src=x onerror=alert(1)>\\u{202e}gpj' }).waitFor();
    expect(await page.locator('img').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test.each(['with', 'without'])(
    'gives its id to the clipboard, %s the interface of secure pages',
    async (kind) => {
      const { page } = await openRun(RUN);
      if (kind === 'without')
        await page.evaluate(`Object.defineProperty(navigator, 'clipboard', { value: undefined })`);
      else await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await page.getByRole('button', { name: 'Copy the id of the run' }).click();
      await page.getByText('copied', { exact: true }).waitFor({ state: 'attached' });
      await page.evaluate(`document.body.insertAdjacentHTML('beforeend', '<textarea id="into"></textarea>')`);
      await page.locator('#into').press('Control+V');
      expect(await page.locator('#into').inputValue()).toBe('run-1');
    },
  );

  test('says what the server said where it cannot be shown', async () => {
    const { page } = await openRun(RUN, { query: '?id=no-such-run', over: (verbs) => ({ run: verbs.run }) });
    const alert = page.getByRole('alert');
    await alert.getByText('E_NOT_FOUND').waitFor();
    await alert.getByText('no-such-run').waitFor();
  });

  test('is compared with the run that one chooses, which the address says', async () => {
    const { server, page } = await openRun(ENDED, {
      over: () => ({
        runs: async () => ({ runs: [ENDED, { ...ENDED, id: 'run-0' }], cursor: null, lookedBackTo: null }),
        diffRuns: async (id: string, to?: string | null) => ({
          ...{ run: id, to: to ?? 'the-last' },
          newlyFailing: { count: 12, keys: [{ key: 'profile:9', reason: 'answered 500' }] },
          ...{ stillFailing: NONE, recovered: NONE, unasked: NONE, excluded: NONE, came: NONE, left: NONE },
          ...{ progress: FINAL, toProgress: FINAL },
          ...{ coverage: [], sources: [], slowKeys: [], moreSlow: 0 },
        }),
      }),
    });
    await page.getByText('12 keys fail now, and did not.').waitFor();
    await page.getByLabel('against').selectOption('run-0');
    await page.getByRole('link', { name: 'run-0' }).waitFor();
    expect(page.url()).toBe(`${server.url}/run?id=run-1&to=run-0`);
  });
});

test('the list asks the server for what its filters say, and says of no page that was empty that no run matches', async () => {
  const asked: unknown[] = [];
  const day = new Date(2026, 10, 3, 2).getTime();
  const server = await startApi({
    over: () => ({
      async runs(_, cursor, filter) {
        asked.push({ cursor, ...filter });
        if (cursor === undefined) return { runs: [], cursor: 'on', lookedBackTo: day };
        return { runs: [ENDED], cursor: 'further', lookedBackTo: day };
      },
    }),
  });
  const address = `${server.url}/runs?search=night&state=trouble&cause=schedule&schedule=nightly&source=profile`;
  const { page, complaints } = await browser.open(address, { width: 360, scheme: 'dark' });
  await page.getByText('No run matches so far.').waitFor();
  await page.getByText('were looked through.').waitFor();
  expect(await page.getByText('No run matches.').count()).toBe(0);
  expect(await accessProblems(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
  const filter = { text: 'night', failures: true, cause: 'schedule', schedule: 'nightly', source: 'profile' };
  expect(asked).toEqual([filter]);
  await page.getByRole('button', { name: 'Look further back' }).click();
  await page.getByRole('link', { name: 'run-1' }).waitFor();
  await page.getByRole('button', { name: 'Look further back' }).waitFor();
  expect(asked[1]).toEqual({ cursor: 'on', ...filter });
  await page.getByLabel('State').selectOption('going on');
  await page.getByText('No run matches so far.').waitFor();
  expect(asked.at(-1)).toMatchObject({ state: 'active', failures: false });
  expect(complaints).toEqual([]);
});

test('a run that goes on is on the first page, however many have ended since it began', async () => {
  const ended = Array.from({ length: 60 }, (_, i) => ({ ...ENDED, id: `short-${i}`, schedule: null }));
  const runs: VerbsInMemory['runs'] = async (limit = 100, _cursor, filter) => {
    const found = filter?.state === 'active' ? [RUN] : [...ended, RUN];
    return { runs: found.slice(0, limit), cursor: null, lookedBackTo: null };
  };
  const { url } = await startApi({ over: () => ({ runs }) });
  const { page } = await browser.open(url);
  await page.getByText('2,000 left').waitFor();
  expect(await page.getByText('short-0').count()).toBe(0);
});

const tokens = [
  { name: 'ops', token: 'token-of-ops', scopes: ['read', 'warm'] },
  { name: 'viewer', token: 'token-of-viewer', scopes: ['read'] },
] as const;

describe('stopping a run', () => {
  async function openAs(token: string, stopRun: VerbsInMemory['stopRun']) {
    const opened = await openRun(RUN, { tokens, over: () => ({ stopRun }) });
    await opened.page.getByLabel('Token').fill(token);
    await opened.page.getByRole('button', { name: 'Sign in' }).click();
    const stop = opened.page.getByRole('button', { name: 'Stop the run' });
    await stop.waitFor();
    return { ...opened, stop };
  }

  test('of more than a thousand keys needs their number typed; then the server does it', async () => {
    const stopped: string[] = [];
    const { page, stop } = await openAs('token-of-ops', async (id, request) => {
      stopped.push(`${id}: ${request?.why}`);
      return ENDED;
    });
    await stop.click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('It concerns 2,000 keys.').waitFor();
    expect(await accessProblems(page)).toEqual([]);
    const yes = dialog.getByRole('button', { name: 'Stop' });
    expect(await yes.isDisabled()).toBe(true);
    await dialog.getByLabel('to go on').fill('2000');
    await dialog.getByLabel('Note, for the others').fill('the origin moves');
    await yes.click();
    await page.getByText('Run run-1 was stopped.').waitFor();
    expect(stopped).toEqual(['run-1: the origin moves']);
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  test('that the server refuses stays asked, with what it said', async () => {
    const { page, stop } = await openAs('token-of-ops', async () => {
      const { ForewarmError } = await import('../../src/core/errors.ts');
      throw new ForewarmError('E_CONFLICT', 'run "run-1" has ended already (finished)');
    });
    await stop.click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('to go on').fill('2,000');
    await dialog.getByRole('button', { name: 'Stop' }).click();
    await dialog.getByText('run "run-1" has ended already (finished)').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });
});
