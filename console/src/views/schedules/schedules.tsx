/** The schedules: when each fires next, how its last times ended, and which are paused. */

import { useRef } from 'preact/hooks';
import type { Schedule, ScheduleResults } from '../../../../src/api-client/client.ts';
import { exact } from '../../format/numbers.ts';
import type { Topic } from '../../live.ts';
import { Action } from '../../parts/button.tsx';
import { Choose } from '../../parts/choose.tsx';
import { Head } from '../../parts/layout.tsx';
import { Empty, Failure, Loaded, Waiting } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Ago, Name, To } from '../../parts/text.tsx';
import { type Query, useQuery } from '../../query.ts';
import { filter, param } from '../../router.ts';
import { askPause, askResume, MOST_AT_ONCE } from './pausing.tsx';
import { Results, STRIP } from './results.tsx';
import { Silence } from './silence.tsx';
import { State } from './state.tsx';
import { Here, Own } from './times.tsx';
import { deedOf, isFailing } from './words.ts';

interface Row {
  readonly schedule: Schedule;
  /** Undefined while that is not known. */
  readonly results: ScheduleResults | undefined;
}

const COLUMNS: readonly Column<Row>[] = [
  {
    title: 'Schedule',
    cell: ({ schedule: { name } }) => (
      <To view="schedule" query={{ name }}>
        <Name text={name} most={36} />
      </To>
    ),
  },
  { title: 'State', cell: (row) => <State {...row} /> },
  {
    title: 'Next',
    align: 'end',
    cell: ({ schedule: { nextAt } }) => (nextAt === null ? '–' : <Ago at={nextAt} />),
  },
  {
    title: 'Last times',
    cell: ({ schedule: { name, timezone }, results }) => (
      <Results name={name} zone={timezone} results={results} />
    ),
  },
  { title: 'Next, in its zone', cell: ({ schedule }) => <Next schedule={schedule} /> },
  {
    title: 'Here',
    wide: true,
    cell: ({ schedule: { nextAt, timezone } }) =>
      nextAt === null ? null : <Here at={nextAt} zone={timezone} />,
  },
  {
    title: 'Its times, and what it does',
    wide: true,
    grows: true,
    cell: ({ schedule }) => <Rule schedule={schedule} />,
  },
];

function Rule({ schedule }: { readonly schedule: Schedule }) {
  const { times, timezone, cron } = schedule;
  const zone = cron === null || timezone === null ? '' : ` (${timezone})`;
  return (
    <span title={`${times}${zone}: ${deedOf(schedule)}`}>
      <code>{times}</code> <Name text={deedOf(schedule)} />
    </span>
  );
}

function Next({ schedule: { nextAt, timezone, paused } }: { readonly schedule: Schedule }) {
  if (nextAt !== null) return <Own at={nextAt} zone={timezone} />;
  return <span class="muted">{paused === null ? 'never, as things stand' : 'when it is resumed'}</span>;
}

/** What runs is looked at as runs change; what does not changes with its times. */
function useResults() {
  const isSomethingRunning = useRef(false);
  const topics: readonly Topic[] = isSomethingRunning.current ? ['schedules', 'runs'] : ['schedules'];
  const query = useQuery('schedule results', topics, (api, signal) =>
    api.listScheduleResults({ limit: STRIP }, { signal }),
  );
  isSomethingRunning.current = query.data?.schedules.some(({ running }) => running !== null) ?? false;
  return query;
}

export default function Schedules() {
  const listed = useQuery('schedules', ['schedules'], (api, signal) => api.listSchedules({}, { signal }));
  const results = useResults();
  const byName = new Map(results.data?.schedules.map((each) => [each.name, each]));
  const rows = (listed.data?.schedules ?? [])
    .map((schedule) => ({ schedule, results: byName.get(schedule.name) }))
    .filter(matcher());
  const refresh = () => {
    listed.refresh();
    results.refresh();
  };
  return (
    <>
      <Head title="Schedules" actions={<Bulk rows={rows} refresh={refresh} />}>
        <p class="muted">A schedule fires at its times, in its own zone, whoever looks from wherever.</p>
      </Head>
      <Filters shown={listed.data === undefined ? undefined : rows.length} />
      <Loaded query={listed} lines={14}>
        {({ schedules }) => (
          <>
            <Silence schedules={schedules} at={listed.at} />
            {listed.error === undefined && <Unknown results={results} />}
            {rows.length === 0 && results.data === undefined && needsResults() ? (
              results.error === undefined && <Waiting lines={8} />
            ) : rows.length === 0 ? (
              <None any={schedules.length > 0} />
            ) : (
              <Table label="Schedules" columns={COLUMNS} rows={rows} id={({ schedule }) => schedule.name} />
            )}
          </>
        )}
      </Loaded>
    </>
  );
}

function Unknown({ results: { error, at, refresh } }: { readonly results: Query<unknown> }) {
  return error === undefined ? null : <Failure error={error} since={at} retry={refresh} />;
}

/** Whether the filter asks for what only results tell. */
function needsResults(): boolean {
  const state = param('state');
  return state === 'failing' || state === 'running';
}

function matcher(): (row: Row) => boolean {
  const search = (param('search') ?? '').toLowerCase();
  const state = param('state') ?? '';
  const kind = param('kind') ?? '';
  return ({ schedule, results }) => {
    const text =
      `${schedule.name} ${schedule.times} ${schedule.timezone ?? ''} ${deedOf(schedule)}`.toLowerCase();
    if (!text.includes(search) || (kind !== '' && schedule.kind !== kind)) return false;
    if (state === 'paused') return schedule.paused !== null;
    if (state === 'active') return schedule.paused === null;
    if (state === 'running') return results !== undefined && results.running !== null;
    return state !== 'failing' || (results !== undefined && isFailing(results.ticks));
  };
}

const STATES = [
  ['', 'all'],
  ['paused', 'paused'],
  ['active', 'not paused'],
  ['failing', 'failing'],
  ['running', 'running'],
] as const;
const KINDS = [
  ['', 'anything'],
  ['run', 'warm what they select'],
  ['refresh', 'refresh what is due'],
  ['recover', 'refresh what cannot wait'],
  ['probe', 'probe for a version'],
  ['gc', 'remove what is over'],
] as const;

function Filters({ shown }: { readonly shown: number | undefined }) {
  return (
    <search class="filters">
      <label>
        <span>Search</span>
        <input
          type="search"
          value={param('search') ?? ''}
          placeholder="name, times, zone, selector"
          onInput={({ currentTarget }) => filter({ search: currentTarget.value })}
        />
      </label>
      <Choose
        label="State"
        value={param('state') ?? ''}
        choices={STATES}
        change={(state) => filter({ state })}
      />
      <Choose label="They" value={param('kind') ?? ''} choices={KINDS} change={(kind) => filter({ kind })} />
      <span class="muted" role="status">
        {shown === undefined ? '' : `${exact(shown)} shown`}
      </span>
    </search>
  );
}

/** For all that are shown. */
function Bulk({ rows, refresh }: { readonly rows: readonly Row[]; readonly refresh: () => void }) {
  const namesOf = (isPaused: boolean) =>
    rows
      .filter(({ schedule }) => (schedule.paused !== null) === isPaused)
      .map(({ schedule }) => schedule.name);
  const [going, paused] = [namesOf(false), namesOf(true)];
  if (rows.length > MOST_AT_ONCE) {
    return (
      <span class="muted">Narrow the list to {exact(MOST_AT_ONCE)} to pause or resume what it shows.</span>
    );
  }
  return (
    <>
      {going.length > 0 && (
        <Action scope="warm" onClick={() => askPause(going, refresh)}>
          Pause {exact(going.length)} shown
        </Action>
      )}
      {paused.length > 0 && (
        <Action scope="warm" onClick={() => askResume(paused, refresh)}>
          Resume {exact(paused.length)} shown
        </Action>
      )}
    </>
  );
}

function None({ any }: { readonly any: boolean }) {
  if (any) {
    return (
      <Empty title="No schedule matches.">
        <button type="button" onClick={() => filter({ search: '', state: '', kind: '' })}>
          Show all
        </button>
      </Empty>
    );
  }
  return (
    <Empty title="No schedule is configured.">
      <p>
        Name one under <code>schedules</code> in the configuration, or give a temperature its times.
      </p>
    </Empty>
  );
}
