/**
 * One lane over time. Percentiles of waits tell of jobs that were taken: they go silent where nobody takes any. So the age of the oldest
 * job that waits is drawn over them. Waits lie far apart: their axis is logarithmic.
 */
import type { History } from '../../../../src/api-client/client.ts';
import { compact } from '../../format/numbers.ts';
import { duration } from '../../format/times.ts';
import { Chart, type Series } from '../../parts/chart.tsx';
import { HOUR_MS, hoursShown } from '../../parts/history.tsx';
import { Loaded } from '../../parts/states.tsx';
import { useQuery } from '../../query.ts';

/** What the history calls all lanes without an origin together. */
const ORPHANS = '(orphans)';

const WAITS = [
  ['wait-p50', 'half waited less'],
  ['wait-p95', '95 % waited less'],
  ['wait-p99', '99 % waited less'],
  ['oldest-job', 'age of the oldest that waits'],
] as const;
const DEPTHS = [
  ['jobs-waiting', 'waiting'],
  ['jobs-delayed', 'delayed'],
  ['jobs-active', 'active'],
] as const;
type Words = readonly (readonly [series: string, words: string])[];

export function LaneOverTime({ lane, isOrphan }: { readonly lane: string; readonly isOrphan: boolean }) {
  const hours = Number(hoursShown());
  const row = isOrphan ? ORPHANS : lane;
  const query = useQuery(`lane ${hours} ${row}`, ['service'], (api, signal) => {
    const series = [...WAITS, ...DEPTHS].map(([name]) => name).join(',');
    return api.readHistory({ series, lane: row, from: String(Date.now() - hours * HOUR_MS) }, { signal });
  });
  return (
    <>
      {isOrphan && (
        <p class="muted">Of all lanes without an origin together, as the history keeps them as one.</p>
      )}
      <Loaded query={query} lines={14}>
        {(history) => (
          <div class="cards">
            <Drawn title="How long jobs wait" history={history} words={WAITS} show={duration} far />
            <Drawn title="How many there are" history={history} words={DEPTHS} show={compact} />
          </div>
        )}
      </Loaded>
    </>
  );
}

interface DrawnOf {
  readonly title: string;
  readonly history: History;
  readonly words: Words;
  readonly show: (value: number) => string;
  readonly far?: boolean;
}

function Drawn({ title, history, words, show, far }: DrawnOf) {
  const { from, step, steps, incompleteFrom } = history;
  const series = words.flatMap(([name, label], i): Series[] => {
    const values = history.rows.find((row) => row.series === name)?.values;
    return values === undefined ? [] : [{ label, colour: `series-${i + 1}`, values }];
  });
  return (
    <div>
      <h3>{title}</h3>
      {series.every(({ values }) => values.every((value) => value === null)) ? (
        <p class="muted">Nothing of this was measured in that time.</p>
      ) : (
        <Chart
          label={title}
          times={Array.from({ length: steps }, (_, i) => from + i * step)}
          series={series}
          show={show}
          open={from + steps * step > incompleteFrom}
          far={far === true}
        />
      )}
    </div>
  );
}
