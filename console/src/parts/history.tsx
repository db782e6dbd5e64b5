/**
 * A chart of what was measured over time (`GET /v1/history`). How far back is in the address (`over`), and the same for all charts of a
 * view. Of many rows those are drawn that matter most.
 */

import type { ApiOperations, History } from '../../../src/api-client/client.ts';
import { SHOWN } from '../format/units.ts';
import { type Query, useQuery } from '../query.ts';
import { filter, param } from '../router.ts';
import { Chart } from './chart.tsx';
import { Choose } from './choose.tsx';
import { Loaded } from './states.tsx';

type Request = Parameters<ApiOperations['readHistory']>[0];
type Row = History['rows'][number];

export interface HistoryProps {
  readonly label: string;
  /** One series, and which rows of it: they have one unit. */
  readonly of: Omit<Request, 'from' | 'to' | 'step'>;
  /** What a row is called. */
  readonly name: (row: Row) => string;
  /** The top of the scale, where it is not that of the values. */
  readonly most?: number;
  /** Rows whose newest value is low matter more; else those whose is high. */
  readonly lowFirst?: boolean;
}

const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
const SPANS = [
  ['1', 'the last hour'],
  ['6', '6 hours'],
  ['24', 'a day'],
  ['168', 'a week'],
  ['720', '30 days'],
] as const;
const USUAL = '24';
/** There are as many colours. */
const DRAWN = 5;

/** How far back they go, in hours, as the address says. */
export function hoursShown(): string {
  const over = param('over');
  return SPANS.find(([each]) => each === over)?.[0] ?? USUAL;
}

/** Chooses how far back the charts of a view go. */
export function Span() {
  return (
    <Choose
      class="beside"
      label="over"
      value={hoursShown()}
      choices={SPANS}
      change={(over) => filter({ over: over === USUAL ? '' : over })}
    />
  );
}

/** What was measured in the time that is chosen; in steps of so many ms, or as they fit. */
export function useHistory(of: HistoryProps['of'], step?: number): Query<History> {
  const hours = hoursShown();
  // A day is what the server takes by itself: minutes are kept for one, by its clock.
  const from = hours === USUAL ? undefined : String(minuteNow() - Number(hours) * HOUR_MS);
  return useQuery(`history ${JSON.stringify(of)} ${hours} ${step}`, ['service'], (api, signal) =>
    api.readHistory({ ...of, from, step }, { signal }),
  );
}

export function HistoryChart(props: HistoryProps) {
  const query = useHistory(props.of);
  return (
    <Loaded query={query} lines={6}>
      {(history) => <Drawn {...props} history={history} />}
    </Loaded>
  );
}

/** Nothing is measured within one, and pages that ask for the same are answered together. */
function minuteNow(): number {
  return Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
}

function Drawn({ history, label, name, most, lowFirst }: HistoryProps & { readonly history: History }) {
  const { from, step, steps, rows, left, incompleteFrom } = history;
  if (!rows.some((row) => newest(row) !== undefined)) {
    return <p class="muted">Nothing of this was measured in that time.</p>;
  }
  const known = rows.filter((row) => newest(row) !== undefined);
  const ranked = known.toSorted(
    (a, b) => ((newest(a) ?? 0) - (newest(b) ?? 0)) * (lowFirst === true ? 1 : -1),
  );
  const drawn = ranked.slice(0, DRAWN);
  const rest = rows.length - drawn.length + left;
  return (
    <>
      <Chart
        label={label}
        times={Array.from({ length: steps }, (_, i) => from + i * step)}
        series={drawn.map((row, i) => ({ label: name(row), colour: `series-${i + 1}`, values: row.values }))}
        show={SHOWN[drawn[0]?.unit ?? 'calls']}
        open={from + steps * step > incompleteFrom}
        most={most}
      />
      {rest > 0 && (
        <p class="muted">
          The {lowFirst === true ? 'lowest' : 'highest'} {drawn.length} of {rows.length + left}.
        </p>
      )}
    </>
  );
}

function newest({ values }: Row): number | undefined {
  return values.findLast((value) => value !== null) ?? undefined;
}
