/** What a real process tells of the service, on real servers. */
import { expect, test } from 'vitest';
import { warmRequest } from '../../../src/verbs/runs/warm-request.ts';
import { install, start } from '../../support/build-installation.ts';
import { type Family, parseExposition } from '../../support/exposition-parser.ts';
import { json } from '../../support/scripted-server.ts';
import { until } from '../../support/waiting.ts';

/** By labels, as `name=value`, in the order of the names. */
function valuesOf(family: Family | undefined): Record<string, number> {
  const rows = family?.samples ?? [];
  return Object.fromEntries(
    rows.map(({ labels, value }) => [
      [...labels]
        .map(([name, text]) => `${name}=${text}`)
        .sort()
        .join(' '),
      value,
    ]),
  );
}

test('a process tells what is due, stored, allowed and queued of the service, and of its host and itself', async () => {
  const installation = await install({ aof: false });
  installation.origin.answer(json({ population: 1 }));
  const change = {
    origins: { markets: { kind: 'http', url: installation.origin.url, rate: '10/s', concurrency: 4 } },
    tiers: { disk: { path: `${installation.folder}/cache.db` } },
  };
  const first = await start(installation, ['worker'], change);
  const { run } = await first.verbs.warm(warmRequest.parse({ selector: '' }));
  await until(
    'the end of the run',
    () => first.verbs.run(run.id),
    ({ state }) => state === 'ended',
  );
  await first.stop(Date.now() + 3_000);
  const app = await start(installation, ['worker', 'scheduler'], change);
  const scrape = async () => parseExposition((await app.metricsText(undefined)).text);
  const families = await until('the gauges of the service', scrape, (all) =>
    all.has('forewarm_coverage_ratio'),
  );
  const of = (name: string) => valuesOf(families.get(`forewarm_${name}`));
  expect(of('tracked_keys')).toEqual({ 'source=profile': 2 });
  expect(of('due_keys')).toEqual({ 'source=profile': 0 });
  expect(of('quarantined_keys')).toEqual({ 'source=profile': 0 });
  expect(of('refresh_lag_seconds')).toEqual({ 'source=profile': 0 });
  expect(of('coverage_ratio')).toEqual({
    'source=profile tier=redis': 1,
    'source=profile tier=disk': 1,
    'source=profile tier=stack': 1,
  });
  expect(of('freshness_ratio')).toMatchObject({
    'source=profile state=fresh': 1,
    'source=profile state=gone': 0,
  });
  expect(of('sampled_keys')).toEqual({ 'source=profile': 2 });
  expect(of('expiring_keys')).toMatchObject({ 'source=profile within=15m': 0 });
  expect(of('budget_permits')).toEqual({
    'limit=configured origin=markets': 4,
    'limit=present origin=markets': 4,
    'limit=used origin=markets': 0,
  });
  expect(of('budget_rate_per_second')).toEqual({
    'limit=configured origin=markets': 10,
    'limit=present origin=markets': 10,
  });
  // One call each 105 ms, since the rate has some room.
  expect(of('runway_affordable_calls')['origin=markets within=1m']).toBe(571);
  expect(of('queue_jobs')).toMatchObject({ 'lane=control state=waiting': 0, 'lane=markets state=failed': 0 });
  expect(of('dead_letters')).toEqual({ 'of=keys': 0, 'of=jobs': 0 });
  expect(Object.keys(of('next_tick_timestamp_seconds'))).toContain('schedule=gc');
  expect(of('tier_entries')).toEqual({ 'tier=redis': 2 });
  expect(of('host_tier_entries')).toEqual({ 'tier=disk': 2 });
  expect(Object.keys(of('build_info'))).toEqual([expect.stringMatching(/^role=scheduler\+worker version=/)]);
  expect(of('process_memory_bytes')['area=resident role=scheduler+worker']).toBeGreaterThan(1e7);
});
