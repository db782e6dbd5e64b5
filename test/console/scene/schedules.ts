/** The views of schedules: zones, clock changes, and times that are skipped. */
import { describe, expect, test } from 'vitest';
import type { ScheduleVerbs } from '../../../src/verbs/schedules/schedules.ts';
import { startApi } from '../../support/api-server.ts';
import type { OpenPage } from '../../support/browser.ts';
import type { ConsoleScene } from '../../support/console-scene.ts';
import { OPS } from '../../support/console-system.ts';
import { until } from '../../support/waiting.ts';

type Page = OpenPage['page'];

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

export function schedules(scene: () => ConsoleScene): void {
  describe('schedules', () => {
    const open = (path: string) => scene().browser.open(`${scene().url}/${path}`, { token: OPS });

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
      await page.goto(`${scene().url}/schedule?name=night-berlin&from=2027-10-30&noted=true`);
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
      await act(page, 'Resume the schedule', 'Resume', '');
      await page.goto(`${scene().url}/schedule?name=no-such`);
      await page.getByRole('alert').getByText('no-such').first().waitFor();
      expect(complaints).toEqual([]);
    });

    test('without a schedule, the list says what to do', async () => {
      const none: Partial<ScheduleVerbs> = { schedules: async () => [], scheduleResults: async () => [] };
      const empty = await startApi({ over: () => none });
      const { page } = await scene().browser.open(`${empty.url}/schedules`);
      await page.getByText('No schedule is configured.').waitFor();
      expect(await page.getByRole('button', { name: /shown/ }).count()).toBe(0);
    });
  });
}
