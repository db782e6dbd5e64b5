import type { BudgetReport } from '../../../../src/api-client/client.ts';
import { compact } from '../../format/numbers.ts';
import { Chart, type Series } from '../../parts/chart.tsx';
import { Card } from '../../parts/layout.tsx';
import { Loaded } from '../../parts/states.tsx';
import { To } from '../../parts/text.tsx';
import { type Query, useQuery } from '../../query.ts';

const HOUR_MS = 3_600_000;
const HOURS = 24;
const USERS = ['live', 'hot', 'warm', 'cold', 'run'] as const;

export function useBudget(): Query<BudgetReport> {
  return useQuery('budget 24', ['origins'], (api, signal) => api.readBudget({ hours: HOURS }, { signal }));
}

/** Calls of all origins by the hour, and by who made them. */
export function Calls({ budget }: { readonly budget: Query<BudgetReport> }) {
  return (
    <Card title="Calls to origins" aside={<To view="origins">All origins</To>}>
      <Loaded query={budget} lines={6}>
        {(report) => (
          <Chart
            label="Calls an hour"
            times={hoursOf(report)}
            series={seriesOf(report)}
            show={compact}
            open
          />
        )}
      </Loaded>
    </Card>
  );
}

function hoursOf({ at }: BudgetReport): number[] {
  const last = Math.floor(at / HOUR_MS) * HOUR_MS;
  return Array.from({ length: HOURS }, (_, i) => last - (HOURS - 1 - i) * HOUR_MS);
}

/** An hour that no origin was called in has none on record, and had no calls. */
function seriesOf(report: BudgetReport): Series[] {
  const hours = hoursOf(report);
  const calls = (hour: number, user: (typeof USERS)[number]) =>
    report.origins.reduce(
      (sum, { hours: kept }) => sum + (kept.find((each) => each.hour === hour)?.by[user] ?? 0),
      0,
    );
  return USERS.map((user, i) => ({
    label: user,
    colour: `series-${i + 1}`,
    values: hours.map((hour) => calls(hour, user)),
  }));
}
