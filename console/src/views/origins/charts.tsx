/** Calls of an origin over time: against what is allowed, by whom, how long they took, and how they ended. */
import type { Budget, History } from '../../../../src/api-client/client.ts';
import { compact, counted } from '../../format/numbers.ts';
import { duration } from '../../format/times.ts';
import { Chart, type Series } from '../../parts/chart.tsx';
import { hoursShown, Span, useHistory } from '../../parts/history.tsx';
import { Card } from '../../parts/layout.tsx';
import { Loaded } from '../../parts/states.tsx';
import type { Query } from '../../query.ts';
import { ENDINGS, USER_WORDS, USERS } from './words.ts';

type Row = History['rows'][number];
type Values = Row['values'];

const MINUTE_MS = 60_000;
/** A point each minute as long as minutes are kept, and then each hour. */
const FINE: Readonly<Record<string, number>> = { 168: 60 * MINUTE_MS, 720: 60 * MINUTE_MS };
/** Bars that can be told apart. */
const COARSE: Readonly<Record<string, number>> = {
  1: MINUTE_MS,
  6: 5 * MINUTE_MS,
  24: 15 * MINUTE_MS,
  168: 180 * MINUTE_MS,
  720: 720 * MINUTE_MS,
};

export function Charts({ origin: { origin } }: { readonly origin: Budget }) {
  const hours = hoursShown();
  const used = useHistory(
    { series: 'calls,rate,permits,permits-used,calls-at-once,latency-p50,latency-p95,latency-p99', origin },
    FINE[hours] ?? MINUTE_MS,
  );
  const ended = useHistory(
    { series: 'calls,calls-throttled,calls-failed,calls-absent,calls-refused,calls-unanswered', origin },
    COARSE[hours],
  );
  return (
    <>
      <Card title="Calls against what is allowed" wide aside={<Span />}>
        <Drawn query={used} label="Calls" series={callSeries} show={compact} headroom />
      </Card>
      <div class="cards">
        <Card title="Calls at the same time">
          <Drawn query={used} label="Calls at the same time" series={togetherSeries} show={figure} />
        </Card>
        <Card title="How long calls take">
          <Drawn
            query={used}
            label="How long calls took that were answered"
            series={latencySeries}
            show={duration}
            none="No call was answered in that time, as far as was measured."
          />
        </Card>
      </div>
      <Card title="How calls ended" wide>
        <Drawn query={ended} label="Calls by how they ended" series={endingSeries} show={compact} />
        <Loaded query={ended} lines={0}>
          {(history) => <Totals history={history} />}
        </Loaded>
      </Card>
    </>
  );
}

interface DrawnProps {
  readonly query: Query<History>;
  readonly label: string;
  readonly series: (history: History) => Series[];
  readonly show: (value: number) => string;
  /** What is far above all others does not flatten them: it is said, and not drawn. */
  readonly headroom?: boolean;
  /** What is said where nothing is known. */
  readonly none?: string;
}

const NOTHING = 'Nothing of this was measured in that time. A worker measures once a minute.';

function Drawn({ query, label, series, show, headroom, none = NOTHING }: DrawnProps) {
  return (
    <Loaded query={query} lines={7}>
      {(history) => {
        const { from, step, steps, incompleteFrom } = history;
        const all = series(history);
        if (all.every(({ values }) => values.every((value) => value === null))) {
          return <p class="muted">{none}</p>;
        }
        const far = headroom === true ? farOff(all) : undefined;
        return (
          <>
            <Chart
              label={`${label}, each part ${duration(step)}`}
              times={Array.from({ length: steps }, (_, i) => from + i * step)}
              series={all}
              show={show}
              open={from + steps * step > incompleteFrom}
              most={far?.most}
            />
            <p class="muted">
              {all.some(({ stacked }) => stacked) && `Each bar is ${duration(step)}.`}
              {far !== undefined && ` Allowed are up to ${show(far.allowed)}, which is beyond the chart.`}
            </p>
          </>
        );
      }}
    </Loaded>
  );
}

/** So many times what is used, and what is allowed does not fit beside it. */
const FAR = 4;

/** The top of the scale where what is allowed lies far above what is used; undefined: all of it fits. */
function farOff(all: readonly Series[]): { most: number; allowed: number } | undefined {
  const stacked = all.filter((each) => each.stacked);
  const sums = (stacked[0]?.values ?? []).map((_, i) =>
    stacked.reduce((sum, { values }) => sum + (values[i] ?? 0), 0),
  );
  const used = Math.max(1, ...sums);
  const allowed = Math.max(
    0,
    ...all.filter((each) => !each.stacked).flatMap(({ values }) => values.map((value) => value ?? 0)),
  );
  return allowed > used * FAR ? { most: used * 1.25, allowed } : undefined;
}

function valuesOf({ rows, steps }: History, series: string, user?: string): Values {
  const row = rows.find((each) => each.series === series && each.labels.user === user);
  return row?.values ?? Array.from({ length: steps }, () => null);
}

/** By who used the budget, and what the rate allows in each part. */
function callSeries(history: History): Series[] {
  const allowed = valuesOf(history, 'rate').map((perSecond) =>
    perSecond === null ? null : (perSecond * history.step) / 1_000,
  );
  const isLimited = allowed.some((value) => value !== null);
  return [
    ...USERS.map((user, i) => ({
      ...{ label: USER_WORDS[user], colour: `series-${i + 1}`, stacked: true },
      values: valuesOf(history, 'calls', user),
    })),
    ...(isLimited ? [{ label: 'allowed by the rate', colour: 'text', values: allowed, stepped: true }] : []),
  ];
}

function togetherSeries(history: History): Series[] {
  return [
    { label: 'allowed', colour: 'text', values: valuesOf(history, 'permits'), stepped: true },
    { label: 'on average', colour: 'series-1', values: valuesOf(history, 'calls-at-once') },
    { label: 'when it was measured', colour: 'series-2', values: valuesOf(history, 'permits-used') },
  ];
}

function latencySeries(history: History): Series[] {
  return [
    { label: 'half of them less', colour: 'series-3', values: valuesOf(history, 'latency-p50') },
    { label: '95 % less', colour: 'series-5', values: valuesOf(history, 'latency-p95') },
    { label: '99 % less', colour: 'series-1', values: valuesOf(history, 'latency-p99') },
  ];
}

function figure(value: number): string {
  return value < 10 && !Number.isInteger(value) ? value.toFixed(1) : compact(value);
}

/** What each part has of each ending; unknown where its calls are. */
function endingValues(history: History): readonly Values[] {
  const by = USERS.map((user) => valuesOf(history, 'calls', user));
  const [throttled, failed, absent, refused, unanswered] = (
    ['calls-throttled', 'calls-failed', 'calls-absent', 'calls-refused', 'calls-unanswered'] as const
  ).map((series) => valuesOf(history, series));
  return ENDINGS.map(({ of }) =>
    (by[0] ?? []).map((first, i) => {
      if (first === null) return null;
      const at = (values: Values | undefined) => values?.[i] ?? 0;
      return of({
        calls: by.reduce((sum, values) => sum + at(values), 0),
        ...{ throttled: at(throttled), failed: at(failed) },
        apart: { absent: at(absent), refused: at(refused), unanswered: at(unanswered) },
      });
    }),
  );
}

function endingSeries(history: History): Series[] {
  const values = endingValues(history);
  return ENDINGS.map(({ name, colour }, i) => ({
    ...{ label: name, colour, stacked: true },
    values: values[i] ?? [],
  }));
}

/** Of all parts together. */
function Totals({ history }: { readonly history: History }) {
  const sums = endingValues(history).map((values) =>
    values.reduce<number>((sum, value) => sum + (value ?? 0), 0),
  );
  const all = sums.reduce((sum, each) => sum + each, 0);
  if (all === 0) return null;
  return (
    <ul class="legend">
      {ENDINGS.map(({ name, meaning, colour }, i) => (
        <li key={name}>
          <span class="swatch" style={{ background: `var(--${colour})` }} aria-hidden="true" />
          <strong>{counted(Math.round(sums[i] ?? 0), 'call')}</strong> {name}
          <span class="muted">, {meaning}</span>
        </li>
      ))}
    </ul>
  );
}
