/** The runs, newest first, with how their keys ended. */

import type { Run } from '../../../../src/api-client/client.ts';
import { now } from '../../clock.ts';
import { exact } from '../../format/numbers.ts';
import { duration } from '../../format/times.ts';
import { type LoadPage, usePages } from '../../pages.ts';
import { Head } from '../../parts/layout.tsx';
import { OutcomeBar } from '../../parts/outcomes.tsx';
import { Empty, Failure, Loaded } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Ago, Moment, Name, To } from '../../parts/text.tsx';
import { filter } from '../../router.ts';
import { useSettled } from '../../settled.ts';
import { Filters } from './filters.tsx';
import { RunState } from './run-state.tsx';
import { NOTHING_WANTED, queryOf, wantedNow } from './runs-wanted.ts';

const PAGE = 200;

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
  const wanted = wantedNow();
  const isFiltered = Object.values(wanted).some((each) => each !== '');
  const asked = useSettled(JSON.stringify(wanted));
  const load: LoadPage<Run> = async (api, cursor, signal) => {
    const query = { ...queryOf(JSON.parse(asked), Date.now()), limit: PAGE, cursor };
    const { runs, cursor: next, lookedBackTo } = await api.listRuns(query, { signal });
    return { rows: runs, cursor: next, lookedBackTo };
  };
  const { first, rows, more, error, lookedBackTo } = usePages<Run>(`runs ${asked}`, ['runs'], idOf, load);
  return (
    <>
      <Head title="Runs">
        <p class="muted">A run warms what a selector selects, once. Each of its keys ends in one outcome.</p>
      </Head>
      <Filters wanted={wanted} />
      <Loaded query={first} lines={14}>
        {() =>
          rows.length === 0 ? (
            <None isFiltered={isFiltered} back={lookedBackTo ?? null} more={more} />
          ) : (
            <Table label="Runs" columns={COLUMNS} rows={rows} id={idOf} more={more} />
          )
        }
      </Loaded>
      {isFiltered && rows.length > 0 && more !== undefined && (
        <p class="muted">
          <LookedBack to={lookedBackTo ?? null} more={more} />
        </p>
      )}
      {error !== undefined && <Failure error={error} retry={more} />}
    </>
  );
}

const idOf = ({ id }: Run) => id;

/** How far the server looked. */
function LookedBack({ to, more }: { readonly to: number | null; readonly more: () => void }) {
  return (
    <>
      {to !== null && (
        <>
          Runs since <Moment at={to} /> were looked through.{' '}
        </>
      )}
      <button type="button" onClick={more}>
        Look further back
      </button>
    </>
  );
}

function None(props: {
  readonly isFiltered: boolean;
  readonly back: number | null;
  readonly more: (() => void) | undefined;
}) {
  const { isFiltered, back, more } = props;
  if (!isFiltered) {
    return (
      <Empty title="There was no run yet.">
        <p>
          Schedules make runs as they fire. <code>forewarm warm</code> makes one now.
        </p>
      </Empty>
    );
  }
  return (
    <Empty title={more === undefined ? 'No run matches.' : 'No run matches so far.'}>
      {more !== undefined && (
        <p>
          <LookedBack to={back} more={more} />
        </p>
      )}
      <button type="button" onClick={() => filter(NOTHING_WANTED)}>
        Show all
      </button>
    </Empty>
  );
}
