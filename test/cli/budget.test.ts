import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { byUser } from '../../src/budget/call-counter.ts';
import { countedApart } from '../../src/budget/ledger.ts';
import type { BudgetReport } from '../../src/verbs/budget-shapes.ts';
import { Cli } from './harness.ts';

const HOUR = 3_600_000;
const AT = Date.UTC(2026, 10, 28, 14);

/** Of one origin that everybody has called so often an hour. */
function reportOf(calls: number): BudgetReport {
  const by = byUser(() => calls);
  const usage = { calls: calls * 5, by, throttled: calls, failed: calls, apart: countedApart(() => calls) };
  const limits = { perSecond: 10, concurrency: 8 };
  const origin = {
    ...{ origin: 'inventory-and-prices-of-markets', rate: '10/s, 1000/d', allowedPerHour: 36_000 },
    ...{ limits: { ...limits, configured: limits }, lowered: null, paused: null, quota: null, windows: [] },
    ...{ breaker: { state: 'open' as const, since: AT, reason: 'no answer' }, sources: ['profile'] },
    ...{ inFlight: 8, waiting: by, total: { ...usage, share: byUser(() => 0.2) } },
    hours: [AT, AT + HOUR].map((hour) => ({ hour, ...usage, used: 1 })),
  };
  return { at: AT + HOUR, since: AT, origins: [origin] };
}

test.each([1, 9_999, 123_456, 12_345_678])(
  'hours with %i calls of everybody fit a terminal of 80 columns',
  async (calls) => {
    const cli = new Cli({ isTTY: true, columns: 80 });
    cli.verbs.budget = async () => reportOf(calls);
    const { out } = await cli.run('budget');
    const widths = out.split('\n').map((line) => stripVTControlCharacters(line).length);
    expect(out).toContain('11-28 14:00');
    expect(Math.max(...widths)).toBeLessThanOrEqual(80);
  },
);
