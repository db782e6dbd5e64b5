import { expect, test } from 'vitest';
import { Cli } from './harness.ts';

test('says how the last times ended, with what came of their runs, each within a terminal', async () => {
  const cli = new Cli({ columns: 80, isTTY: true, env: { NO_COLOR: '1' } });
  const at = (hour: number) => Date.UTC(2026, 10, 2, hour);
  const tick = { from: 0, count: 1, end: 'ran', reason: null, note: '', late: 0, run: null } as const;
  const went = {
    state: 'ended',
    endedReason: 'finished',
    total: 50_000,
    failed: 0,
    excluded: 0,
    took: 61_000,
  } as const;
  const ticks = [
    { ...tick, nominal: at(5), run: 'nightly-5', result: { ...went, failed: 1_234 } },
    {
      ...tick,
      nominal: at(4),
      end: 'skipped',
      reason: 'paused',
      note: 'ann: it moves',
      result: null,
    } as const,
    { ...tick, nominal: at(3), run: 'nightly-3', result: went },
  ].map((each) => ({ ...each, from: each.nominal, at: each.nominal, backfill: null }));
  const results = [{ name: 'nightly', running: null, ticks }] as const;
  const scheduleResults = async () => results.map((each) => ({ ...each }));
  cli.script({ scheduleResults });
  const { code, out } = await cli.run('schedules', 'results', 'nightly');
  expect(code).toBe(0);
  const lines = out.split('\n');
  expect(lines[1]).toMatch(/some failed +1,234 +1m ?1s +nightly-5$/);
  expect(lines[2]).toMatch(/skipped: paused +- +- +ann: it moves$/);
  expect(lines[3]).toMatch(/finished +0 +1m ?1s +nightly-3$/);
  const all = (await cli.run('schedules', 'results')).out;
  expect(all).toMatch(/nightly .* some failed +some failed 1, skipped: paused 1,\n +finished 1\n/);
  for (const line of [...lines, ...all.split('\n')]) expect(line.length).toBeLessThanOrEqual(80);
  expect(JSON.parse((await cli.run('schedules', 'results', '--json')).out)).toEqual({ schedules: results });
  expect((await new Cli().run('schedules', 'results', 'unknown')).code).toBe(4);
});
