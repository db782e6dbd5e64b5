import { Argument, InvalidArgumentError, Option } from 'commander';
import { count as number } from '../../core/counted.ts';
import {
  HISTORY_SERIES,
  SERIES_LABELS,
  SERIES_NAMES,
  type SeriesName,
} from '../../core/metrics/history-series.ts';
import { DAY_MS, MINUTE_MS, roundDuration } from '../../core/units.ts';
import type { HistoryRequest, HistoryRow, HistoryView } from '../../verbs/history-shapes.ts';
import { type Define, durationOption, explain } from '../command.ts';
import { type Context, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { latency } from '../terminal/figures.ts';
import { sparkline } from '../terminal/sparkline.ts';

/** Steps of a line that is drawn. */
const DRAWN = 40;

interface Flags extends Pick<HistoryRequest, (typeof SERIES_LABELS)[number]> {
  /** In ms. */
  readonly since: number;
  readonly step?: number;
}

export const historyCommand: Define = (parent, act) => {
  const command = parent
    .command('history')
    .description('show what was measured over time: coverage, refresh lag, budgets, queues and more')
    .addArgument(new Argument('[series...]', 'what to show; none lists what there is').choices(SERIES_NAMES))
    .addOption(
      new Option('--since <duration>', 'how far back, up to 30d')
        .argParser(durationOption)
        .default(DAY_MS, '1d'),
    )
    .addOption(new Option('--step <duration>', 'how long each step is, from 1m').argParser(stepOption));
  for (const label of SERIES_LABELS)
    command.option(`--${label} <name>`, `only rows of this ${LABEL_WORDS[label]}`);
  command.action((series: SeriesName[], flags: Flags) => act((context) => history(context, series, flags)));
  explain(command, {
    examples: [
      ['forewarm history', 'what there is'],
      ['forewarm history coverage refresh-lag --source quote', 'how a source fared in the last day'],
      ['forewarm history calls --origin markets --since 7d', 'who used a budget'],
      ['forewarm history coverage --step 5m --json | jq ".rows[].values"', 'for scripts'],
    ],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
};

const LABEL_WORDS: Readonly<Record<(typeof SERIES_LABELS)[number], string>> = {
  ...{
    source: 'source',
    tier: 'tier, such as stack',
    origin: 'origin',
    lane: 'lane',
    user: 'user of a budget',
  },
  ...{ within: 'time ahead, such as 5m', outcome: 'outcome of keys', of: 'kind of dead letters' },
};

function stepOption(text: string): number {
  const ms = durationOption(text);
  if (ms >= MINUTE_MS) return ms;
  throw new InvalidArgumentError('It must be at least 1m: a point a minute is kept.');
}

async function history(context: Context, series: SeriesName[], flags: Flags): Promise<ExitCode> {
  const { out } = context;
  if (series.length === 0) {
    out.document({ series: SERIES_NAMES.map((name) => ({ name, ...HISTORY_SERIES[name] })) });
    out.table<SeriesName>(
      [
        { head: 'series', cell: (name) => name },
        { head: 'by', cell: (name) => HISTORY_SERIES[name].by.join(' ') },
        { head: 'meaning', cell: (name) => HISTORY_SERIES[name].meaning, flexible: true },
      ],
      SERIES_NAMES,
    );
    return EXIT.ok;
  }
  const { since, step = drawnStep(since), ...labels } = flags;
  const view = await withApp(context, {}, ({ verbs }) =>
    verbs.history({ ...labels, series, from: Math.max(0, context.time.now() - since), step }),
  );
  out.document(view);
  showRows(context, view);
  return view.rows.length === 0 ? EXIT.nothing : EXIT.ok;
}

function drawnStep(since: number): number {
  return Math.max(1, Math.ceil(since / DRAWN / MINUTE_MS)) * MINUTE_MS;
}

function showRows({ out }: Context, { rows, step, steps, left }: HistoryView): void {
  if (rows.length === 0) {
    out.line('nothing is known of that time: a process with a role measures once a minute');
    return;
  }
  out.table<HistoryRow>(
    [
      { head: 'series', cell: ({ series }) => series },
      { head: 'of', cell: ({ labels }) => Object.values(labels).join(' ') || '-' },
      { head: 'lowest', cell: (row) => text(row, Math.min(...known(row.lowest))), align: 'right' },
      { head: 'highest', cell: (row) => text(row, Math.max(...known(row.highest))), align: 'right' },
      {
        head: 'latest',
        cell: (row) =>
          text(
            row,
            row.values.findLast((value) => value !== null),
          ),
        align: 'right',
      },
      { head: '', cell: ({ values }) => sparkline(values), flexible: true },
    ],
    rows,
  );
  out.line();
  out.line(`${number(steps)} steps of ${roundDuration(step)} until now; a gap is not known`);
  if (left > 0) out.line(`and ${number(left)} more rows: narrow them by a label, such as --source`);
}

function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}

function text({ unit }: HistoryRow, value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '-';
  if (unit === 'ratio') return `${Number((value * 100).toPrecision(4))} %`;
  return unit === 'ms' ? latency(value) : number(value);
}
