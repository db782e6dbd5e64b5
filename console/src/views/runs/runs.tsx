/** The runs, newest first, with how their keys ended. */

import type { Run } from '../../../../src/api-client/client.ts';
import { now } from '../../clock.ts';
import { exact } from '../../format/numbers.ts';
import { duration } from '../../format/times.ts';
import { type LoadPage, usePages } from '../../pages.ts';
import { type Choice, Choose } from '../../parts/choose.tsx';
import { Head } from '../../parts/layout.tsx';
import { OutcomeBar } from '../../parts/outcomes.tsx';
import { Empty, Failure, Loaded } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Ago, Name, To } from '../../parts/text.tsx';
import { filter, param } from '../../router.ts';
import { RunState } from './run-state.tsx';

const PAGE = 200;
/** A filter looks through so many by itself, and further when somebody asks. */
const LOOKED_THROUGH = 1_000;

const COLUMNS: readonly Column<Run>[] = [
  {
    title: 'Run',
    cell: ({ id }) => (
      <To view="run" query={{ id }}>
        <Name text={id} most={28} />
      </To>
    ),
  },
  { title: 'State', cell: (run) => <RunState run={run} /> },
  {
    title: 'Outcomes',
    cell: (run) => (
      <div class="cell-bar">
        <OutcomeBar of={run} />
      </div>
    ),
  },
  { title: 'Keys', align: 'end', cell: ({ total }) => exact(total) },
  { title: 'Failed', align: 'end', cell: ({ counts }) => exact(counts.failed + counts.refused) },
  { title: 'What', grows: true, cell: (run) => <What run={run} /> },
  {
    title: 'Took',
    align: 'end',
    wide: true,
    cell: ({ createdAt, endedAt }) => duration((endedAt ?? now.value) - createdAt),
  },
  { title: 'Begun', align: 'end', cell: ({ createdAt }) => <Ago at={createdAt} /> },
];

function What({ run: { schedule, selector, cause } }: { readonly run: Run }) {
  return (
    <>
      {schedule === null ? (
        cause
      ) : (
        <To view="schedule" query={{ name: schedule }}>
          {schedule}
        </To>
      )}{' '}
      <span class="muted">
        <Name text={selector === '' ? 'everything' : selector} />
      </span>
    </>
  );
}

export default function Runs() {
  const search = param('search') ?? '';
  const state = param('state') ?? '';
  const { first, rows, more, error } = usePages<Run>('runs', ['runs'], idOf, loadRuns);
  const shown = rows.filter((run) => matches(run, search, state));
  const isFiltered = search + state !== '';
  const goesOn = isFiltered && rows.length >= LOOKED_THROUGH ? undefined : more;
  return (
    <>
      <Head title="Runs">
        <p class="muted">A run warms what a selector selects, once. Each of its keys ends in one outcome.</p>
      </Head>
      <Filters search={search} state={state} />
      <Loaded query={first} lines={14}>
        {() =>
          shown.length === 0 && goesOn === undefined ? (
            <None any={rows.length > 0} />
          ) : (
            <Table label="Runs" columns={COLUMNS} rows={shown} id={idOf} more={goesOn} />
          )
        }
      </Loaded>
      {isFiltered && more !== undefined && goesOn === undefined && (
        <LookFurther rows={rows.length} more={more} />
      )}
      {error !== undefined && <Failure error={error} retry={more} />}
    </>
  );
}

function LookFurther({ rows, more }: { readonly rows: number; readonly more: () => void }) {
  return (
    <p class="muted">
      These are of the newest {exact(rows)} runs.{' '}
      <button type="button" onClick={more}>
        Look further back
      </button>
    </p>
  );
}

const STATES: readonly Choice[] = [
  ['', 'all'],
  ['active', 'going on'],
  ['trouble', 'with failed keys'],
  ['stopped', 'stopped'],
];

const idOf = ({ id }: Run) => id;

const loadRuns: LoadPage<Run> = async (api, cursor, signal) => {
  const page = await api.listRuns({ limit: PAGE, cursor }, { signal });
  return { rows: page.runs, cursor: page.cursor };
};

function Filters({ search, state }: { readonly search: string; readonly state: string }) {
  return (
    <search class="filters">
      <label>
        <span>Search</span>
        <input
          type="search"
          value={search}
          placeholder="schedule, selector, id"
          onInput={({ currentTarget }) => filter({ search: currentTarget.value })}
        />
      </label>
      <Choose label="State" value={state} choices={STATES} change={(to) => filter({ state: to })} />
    </search>
  );
}

function matches(run: Run, search: string, state: string): boolean {
  const text = `${run.id} ${run.schedule ?? ''} ${run.selector}`.toLowerCase();
  if (!text.includes(search.toLowerCase())) return false;
  if (state === 'active') return run.state !== 'ended';
  if (state === 'trouble') return run.counts.failed + run.counts.refused > 0 || run.endedReason === 'failed';
  if (state === 'stopped') return run.endedReason === 'stopped';
  return true;
}

function None({ any }: { readonly any: boolean }) {
  if (any) {
    return (
      <Empty title="No run matches.">
        <button type="button" onClick={() => filter({ search: '', state: '' })}>
          Show all
        </button>
      </Empty>
    );
  }
  return (
    <Empty title="There was no run yet.">
      <p>
        Schedules make runs as they fire. <code>forewarm warm</code> makes one now.
      </p>
    </Empty>
  );
}
