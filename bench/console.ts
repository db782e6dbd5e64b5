/** How the console fares with much data, and with many pages. See docs/benchmarks.md; `node bench/console.ts --help` lists the options. */
import { availableParallelism, loadavg } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../test/support/chromium.ts';
import { crowd } from './console/crowd.ts';
import { type Installation, SMALL, startInstallation, WHOLE } from './console/installation.ts';
import { type ConsoleReport, reportOf, type VisitedView, verdictsOn } from './console/report.ts';
import { scrollToEnd } from './console/scroll.ts';
import { viewsOf } from './console/views.ts';
import { visit } from './console/visits.ts';

const { json, short, rounds, only } = new Command('bench/console.ts')
  .description(
    'Measures the views of the console in a real browser: 100 sources, 10,000 runs, 500 schedules.',
  )
  .option('--json', 'one JSON document in place of tables', false)
  .option('--short', 'little, to see that it runs; the figures mean nothing', false)
  .option('--rounds <count>', 'of each view', whole, 5)
  .option('--only <views...>', 'only these views')
  .parse()
  .opts<{
    readonly json: boolean;
    readonly short: boolean;
    readonly rounds: number;
    readonly only?: readonly string[];
  }>();

function whole(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a whole number, one or more.');
}

const extent = short ? SMALL : WHOLE;
const installation = await startInstallation(extent);
const chromium = await launchChromium();
try {
  const report = await measure(installation, chromium.browser);
  if (json) console.log(JSON.stringify({ ...report, verdicts: verdictsOn(report) }, null, 2));
  else console.log(reportOf(report));
} finally {
  await chromium.close();
  await installation.stop();
}

async function measure(installed: Installation, browser: Browser): Promise<ConsoleReport> {
  const views: VisitedView[] = [];
  for (const view of viewsOf(installed)) {
    if (only !== undefined && !only.includes(view.name)) continue;
    const visits = [];
    for (let round = 0; round < (short ? 1 : rounds); round += 1)
      visits.push(await visit(browser, installed, view));
    views.push({
      view: view.name,
      cold: visits.map(({ cold }) => cold),
      warm: visits.map(({ warm }) => warm),
    });
  }
  return {
    machine: { cores: availableParallelism(), node: process.versions.node, load: loadavg() },
    rounds: short ? 1 : rounds,
    views,
    crowd: await crowd(installed, short ? { pages: 3, changes: 1 } : { pages: 60, changes: 5 }),
    scrolled: await scrollToEnd(browser, installed, extent.failed),
  };
}
