import type { Run, RunReport } from '../../../../src/api-client/client.ts';
import { bytes, exact } from '../../format/numbers.ts';
import { duration } from '../../format/times.ts';
import { Badge, Card } from '../../parts/layout.tsx';
import { Loaded } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Name, To } from '../../parts/text.tsx';
import type { Tone } from '../../parts/tone.ts';
import { useQuery } from '../../query.ts';

type Compared = RunReport['compared'][number];

const NAMES = {
  keys: 'Keys',
  fetch: 'Keys asked for',
  calls: 'Calls',
  bytes: 'Bytes',
  duration: 'Duration',
} as const satisfies Record<Compared['figure'], string>;
const TONES = { within: 'good', less: 'calm', more: 'warn' } as const satisfies Record<Compared['is'], Tone>;
const WORDS = { within: 'as planned', less: 'less', more: 'more' } as const;

const COLUMNS: readonly Column<Compared>[] = [
  { title: 'Figure', cell: ({ figure }) => NAMES[figure] },
  {
    title: 'Planned',
    align: 'end',
    cell: ({ figure, planned: { low, likely, high } }) => (
      <span title={`${shown(figure, low)} to ${shown(figure, high)}`}>{shown(figure, likely)}</span>
    ),
  },
  { title: 'Actual', align: 'end', cell: ({ figure, actual }) => shown(figure, actual) },
  { title: 'Is', cell: ({ is }) => <Badge tone={TONES[is]}>{WORDS[is]}</Badge> },
];

function shown(figure: Compared['figure'], value: number): string {
  if (figure === 'bytes') return bytes(value);
  return figure === 'duration' ? duration(value) : exact(Math.round(value));
}

/** What its calls took, and, where somebody planned it, against that. */
export function Report({ run }: { readonly run: Run }) {
  const query = useQuery(`report ${run.id}`, ['runs'], (api, signal) =>
    api.reportRun({ id: run.id, samples: 5 }, { signal }),
  );
  return (
    <Card title="What it took">
      <Loaded query={query} lines={3} keeps>
        {(report) => (
          <>
            {report.compared.length > 0 && (
              <Table
                label="Plan and actual"
                columns={COLUMNS}
                rows={report.compared}
                id={({ figure }) => figure}
              />
            )}
            {report.compared.length === 0 && <Actual report={report} ended={run.state === 'ended'} />}
            <Slow report={report} />
          </>
        )}
      </Loaded>
    </Card>
  );
}

function Actual({
  report: { actual, plan },
  ended,
}: {
  readonly report: RunReport;
  readonly ended: boolean;
}) {
  const { calls, failed, fetch } = actual;
  return (
    <>
      <p>
        {exact(calls)} calls for {exact(fetch)} keys, {exact(failed)} of them without an answer;{' '}
        {bytes(actual.bytes)} came.
      </p>
      <p class="muted">
        {plan === null && (
          <>
            Nobody planned it: <code>forewarm plan</code> says before what a warm will take.
          </>
        )}
        {plan !== null && !ended && 'It is compared with its plan once it has ended.'}
      </p>
    </>
  );
}

function Slow({ report: { slow } }: { readonly report: RunReport }) {
  if (slow.length === 0) return null;
  return (
    <div>
      <h3 class="small">Slowest keys</h3>
      <ul class="lines two">
        {slow.map(({ key, ms }) => (
          <li key={key}>
            <span class="cut">
              <To view="key" query={{ key }}>
                <Name text={key} />
              </To>
            </span>
            <span class="end">{duration(ms)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
