/** What somebody finds who has never seen the console: from its first page, by clicks on words that stand there. */
import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ConsoleScene } from '../../support/console-scene.ts';
import { OPS } from '../../support/console-system.ts';

/** Nobody should need more to get somewhere. */
const FEW_CLICKS = 3;

let page: Page;
let clicks = 0;

async function click(words: string | RegExp): Promise<void> {
  clicks += 1;
  await page.getByText(words, { exact: true }).filter({ visible: true }).first().click();
}

function reads(words: string | RegExp): Promise<void> {
  return page.getByText(words).filter({ visible: true }).first().waitFor();
}

export function aStranger(at: () => ConsoleScene): void {
  describe('a stranger', () => {
    let scene: ConsoleScene;
    let complaints: readonly string[];

    beforeAll(async () => {
      scene = at();
      ({ page, complaints } = await scene.browser.open(`${scene.url}/`, { token: OPS, lasting: true }));
    });
    beforeEach(async () => {
      await page.goto(`${scene.url}/`);
      clicks = 0;
    });

    test('learns what is cold, and why, on the first page, and of one key with two clicks', async () => {
      await reads(/is warm: .*quote 0 %/);
      await reads(/Origin prices \(quote\) is not called/);
      await reads(/connect ECONNREFUSED/);
      await click('quote');
      await click(/^quote:\d+$/);
      await reads('It is cold.');
      await reads(/Calls to origin "prices" are paused .* connect ECONNREFUSED/);
      expect(clicks).toBeLessThanOrEqual(FEW_CLICKS);
      expect(complaints).toEqual([]);
    });

    test('stops a run that goes on, and says why', async () => {
      await click(scene.run);
      await reads(/Keys of origin prices wait: it is paused/);
      await click('Stop the run');
      expect(clicks).toBeLessThanOrEqual(FEW_CLICKS);
      await page.getByLabel('Note, for the others').fill('prices is down');
      await click('Stop');
      await reads(`Run ${scene.run} was stopped.`);
      await reads(/stopped.*prices is down/);
      expect((await scene.api.readRun({ id: scene.run })).endedReason).toBe('stopped');
      expect(complaints).toEqual([]);
    });

    test('pauses what runs at night, and says why', async () => {
      await click('Schedules');
      await click('nightly');
      await click('Pause the schedule');
      expect(clicks).toBeLessThanOrEqual(FEW_CLICKS);
      await page.getByLabel('Note, for the others').fill('prices moves tonight');
      await click('Pause');
      await reads(/^Paused .* by ops, until it is resumed: prices moves tonight$/);
      const { paused } = await scene.api.showSchedule({ name: 'nightly' });
      expect(paused).toMatchObject({ by: 'ops', why: 'prices moves tonight' });
      expect(complaints).toEqual([]);
    });

    test('sees who used the budget of an origin', async () => {
      await click('All origins');
      await click('markets');
      expect(clicks).toBeLessThanOrEqual(FEW_CLICKS);
      await reads('Who called it, in a day');
      const calls = (who: string) => page.getByRole('listitem').filter({ hasText: who });
      for (const who of ['hot refreshes', 'runs, probes'])
        await calls(who)
          .getByText(/^[1-9]\d*$/)
          .waitFor();
      expect(complaints).toEqual([]);
    });
  });
}
