/** A plan, and the run that it was of: on a real Redis, with a real origin, by what an earlier run took. */
import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { App } from '../../src/app/app.ts';
import type { WarmRequest } from '../../src/verbs/runs/warm-request.ts';
import { install, start } from '../support/build-installation.ts';
import { json } from '../support/scripted-server.ts';
import { until } from '../support/waiting.ts';

const KEYS = 40;

async function ran(app: App, request: WarmRequest): Promise<string> {
  const { run } = await app.verbs.warm(request, 'cli');
  await until(
    'the end',
    () => app.verbs.run(run.id),
    ({ state }) => state === 'ended',
  );
  return run.id;
}

test('a run comes to what was planned by an earlier one, and is no faster than the budget allows', async () => {
  const installation = await install({ aof: false });
  installation.origin.answer(json({ name: 'One' }));
  const rows = Array.from({ length: KEYS }, (_, i) => `${i + 1},M`);
  await writeFile(installation.csv, ['market,name', ...rows, ''].join('\n'));
  const { url } = installation.origin;
  const change = { origins: { markets: { kind: 'http', url, rate: '200/s', timeout: '5s' } } };

  const before = await start(installation, ['worker'], change);
  expect(await before.verbs.plan({ by: '1d' })).toMatchObject({ likely: null, keys: { fetch: KEYS } });
  const first = await ran(before, {});
  // What it saw is reported by then.
  await before.stop(Date.now() + 10_000);

  const app = await start(installation, ['worker'], change);
  const { keys, calls, bytes, likely, shortestNow } = await app.verbs.plan({ force: true });
  expect(keys).toEqual({ total: KEYS, fetch: KEYS, alreadyWarm: 0, excluded: 0 });
  expect(likely?.low).toBeGreaterThanOrEqual(shortestNow);
  const plan = { keys: keys.total, fetch: keys.fetch, calls, bytes, likely };
  const report = await app.verbs.runReport(await ran(app, { force: true, plan }));
  // How long it takes at the most is for the machine to say.
  const told = report.compared.filter(({ figure }) => figure !== 'duration');
  expect(told.map(({ figure, is }) => [figure, is])).toEqual([
    ['keys', 'within'],
    ['fetch', 'within'],
    ['calls', 'within'],
    ['bytes', 'within'],
  ]);
  expect(report.actual.duration).toBeGreaterThanOrEqual(shortestNow * 0.9);
  expect(report).toMatchObject({ last: first, diff: { newlyFailing: { count: 0 }, came: { count: 0 } } });
});
