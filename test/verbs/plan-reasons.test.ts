/** Plans that cannot come true, whatever their figures: of schedules that do not fire, or too late, and where nobody lives who would do it. */
import { describe, expect, test } from 'vitest';
import { rowName } from '../../src/core/metrics/history-series.ts';
import { RedisTickStore } from '../../src/schedules/redis-tick-store.ts';
import { ruleText } from '../../src/schedules/rule.ts';
import type { PlanReport } from '../../src/verbs/plans/plan-shapes.ts';
import { HistoryReporter } from '../../src/warming/history-reporter.ts';
import { buildJobs } from '../support/build-jobs.ts';
import { keysOf, marketsCsv, sourceWith } from '../support/sources.ts';
import { warm } from '../warming/warm.steps.ts';
import { NIGHTLY, planner } from './plans.steps.ts';

const HOUR = 3_600_000;

describe('a plan', () => {
  test('of a time that has passed is refused, and of one before the next tick says that it runs too late', async () => {
    const jobs = buildJobs();
    const now = jobs.clock.now();
    await expect(planner(jobs)({ by: new Date(now - 1_000).toISOString() })).rejects.toThrow(
      /that time has passed: /,
    );
    const soon = new Date(now + 1_000).toISOString();
    const report = await planner(jobs)({ schedule: 'nightly', by: soon });
    expect(report).toMatchObject({ verdict: 'misses', reasons: [{ kind: 'late' }] });
  });

  test('of a schedule that is paused says that it does not run, whatever the figures, also without an end', async () => {
    const jobs = buildJobs();
    const ticks = new RedisTickStore({ ...jobs, holder: 'a', leaseMs: 1_000, kept: 9 });
    const plan = planner(jobs);
    const begun = { cursor: jobs.clock.now(), waiting: undefined, rule: ruleText(NIGHTLY.rule) };
    const pause = { by: 'ann', why: 'migration', id: 'r1' };
    const { startsAt: first } = await plan({ schedule: 'nightly' });
    await ticks.pause('nightly', begun, { ...pause, end: undefined });
    const paused = await plan({ schedule: 'nightly', by: '1000h' });
    expect(paused.verdict).toBe('misses');
    expect(paused.reasons).toEqual([
      {
        kind: 'paused',
        text: expect.stringMatching(/^schedule nightly does not run: paused since .*Z, by ann: migration$/),
      },
    ]);
    await ticks.pause('nightly', begun, { ...pause, id: 'r2', end: { until: first + 1 } });
    const later = await plan({ schedule: 'nightly', by: '1000h' });
    expect(later).toMatchObject({ verdict: 'likely', reasons: [], startsAt: first + 24 * HOUR });
  });

  test('knows that nobody lives who would do it', async () => {
    const jobs = buildJobs();
    const reporter = new HistoryReporter(jobs);
    await warm(jobs, { keys: keysOf(10) });
    await reporter.flush();
    const registry = { ticks: async () => [], processes: async () => [] };
    const plan = planner(jobs, { registry });
    const kinds = ({ reasons }: PlanReport) => reasons.map(({ kind }) => kind);
    const plain = await plan({ force: true, by: '100h' });
    expect([plain.verdict, kinds(plain)]).toEqual(['likely', ['no-worker']]);
    const scheduled = await plan({ schedule: 'nightly', by: '100h' });
    expect([scheduled.verdict, kinds(scheduled)]).toEqual(['unknown', ['no-scheduler', 'no-worker']]);
  });

  test('promises nothing by how an origin was while most of its calls fail', async () => {
    const jobs = buildJobs();
    const reporter = new HistoryReporter(jobs);
    await warm(jobs, { keys: keysOf(10) });
    await reporter.flush();
    const before = jobs.clock.now() - 60_000;
    const row = (name: 'calls' | 'calls-failed') => rowName(name, { origin: 'markets', user: 'run' });
    const record = (failed: number) =>
      jobs.history.record(before, [
        { row: row('calls'), value: 10 },
        { row: row('calls-failed'), value: failed },
      ]);
    await record(4);
    expect(await planner(jobs)({ force: true, by: '100h' })).toMatchObject({ verdict: 'fits', reasons: [] });
    await record(9);
    expect(await planner(jobs)({ force: true, by: '100h' })).toMatchObject({
      verdict: 'likely',
      reasons: [
        { kind: 'failing', text: expect.stringContaining('of 10 calls in the last 5 minutes 9 failed') },
      ],
    });
  });

  test('of one source among many looks up as many keys as of one alone', async () => {
    const keys = 1_200;
    const others = Array.from({ length: 99 }, (_, i) => sourceWith({ name: `other${i}` }));
    const jobs = buildJobs({ sources: [sourceWith(), ...others], entities: { markets: marketsCsv(keys) } });
    expect(await planner(jobs)({ selector: 'source=profile' })).toMatchObject({ looked: keys });
  });
});
