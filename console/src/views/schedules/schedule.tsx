/** One schedule: what is wanted of it now, what comes, and how its times ended. */

import type { Schedule, ScheduleReport, ScheduleResults } from '../../../../src/api-client/client.ts';
import { visible } from '../../format/text.ts';
import { ZONE } from '../../format/times.ts';
import { Action } from '../../parts/button.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Card, Figure, Figures, Head } from '../../parts/layout.tsx';
import { Nameless } from '../../parts/nameless.tsx';
import { Failure, Loaded, Waiting } from '../../parts/states.tsx';
import { Ago, Copy, Name } from '../../parts/text.tsx';
import { type Query, useQuery } from '../../query.ts';
import { param } from '../../router.ts';
import { ByHand } from './by-hand.tsx';
import { Coming } from './coming.tsx';
import { Fire } from './firing.tsx';
import { History } from './history.tsx';
import { askPause, askResume } from './pausing.tsx';
import { Results } from './results.tsx';
import { Silence } from './silence.tsx';
import { askSkip } from './skipping.tsx';
import { State } from './state.tsx';
import { Here, Own } from './times.tsx';
import { deedOf } from './words.ts';

/** Times, and acts by hand, that are loaded unless more are asked for. */
const SHOWN = 100;

export default function ScheduleView() {
  const name = param('name');
  if (name !== undefined) return <OneSchedule key={name} name={name} />;
  return (
    <Nameless title="Schedule" thing="schedule" view="schedules">
      All schedules
    </Nameless>
  );
}

function OneSchedule({ name }: { readonly name: string }) {
  const limit = param('times') === 'all' ? 1_000 : SHOWN;
  const report = useQuery(`schedule ${limit} ${name}`, ['schedules'], (api, signal) =>
    api.showSchedule({ name, limit }, { signal }),
  );
  const results = useQuery(`results ${limit} ${name}`, ['schedules', 'runs'], (api, signal) =>
    api.listScheduleResults({ name, limit }, { signal }),
  );
  const refresh = () => {
    report.refresh();
    results.refresh();
  };
  const found = results.data?.schedules[0];
  return (
    <>
      <Head
        title={visible(name)}
        actions={report.data && <Actions schedule={report.data} refresh={refresh} />}
      >
        {report.data !== undefined && <Facts schedule={report.data} />}
      </Head>
      <Loaded query={report} lines={18}>
        {(schedule) => (
          <>
            <Silence schedules={[schedule]} at={report.at} />
            <Notices schedule={schedule} />
            <Now schedule={schedule} results={found} />
            <Coming schedule={schedule} refresh={refresh} />
            <Past query={results} schedule={schedule} limit={limit} />
            <ByHand acts={schedule.byHand} zone={schedule.timezone} />
          </>
        )}
      </Loaded>
    </>
  );
}

function Past(props: {
  readonly query: Query<{ readonly schedules: readonly ScheduleResults[] }>;
  readonly schedule: ScheduleReport;
  readonly limit: number;
}) {
  const { query, schedule, limit } = props;
  const found = query.data?.schedules[0];
  return (
    <Card title="How its times ended" wide>
      {query.error !== undefined && <Failure error={query.error} since={query.at} retry={query.refresh} />}
      {found === undefined && query.error === undefined && <Waiting lines={13} />}
      {found !== undefined && <History ticks={found.ticks} schedule={schedule} limit={limit} />}
    </Card>
  );
}

function Facts({ schedule }: { readonly schedule: ScheduleReport }) {
  const { name, times, timezone, cron } = schedule;
  return (
    <p class="facts">
      <span>
        <code>{times}</code>
        {cron !== null && timezone !== null && ` in ${timezone}`}
      </span>
      <span>
        <Name text={deedOf(schedule)} />
      </span>
      <Copy text={name} what="the name" />
    </p>
  );
}

function Actions({ schedule, refresh }: { readonly schedule: Schedule; readonly refresh: () => void }) {
  const { name, paused, nextAt } = schedule;
  return (
    <>
      {nextAt !== null && (
        <Action scope="warm" onClick={() => askSkip({ schedule, at: nextAt, undo: false }, refresh)}>
          Skip the next
        </Action>
      )}
      {paused === null ? (
        <Action scope="warm" onClick={() => askPause([name], refresh)}>
          Pause the schedule
        </Action>
      ) : (
        <Action scope="warm" onClick={() => askResume([name], refresh)}>
          Resume the schedule
        </Action>
      )}
      <Fire schedule={schedule} done={refresh} />
    </>
  );
}

/** What people want otherwise, and what else keeps it from its times. */
function Notices({ schedule }: { readonly schedule: Schedule }) {
  const { paused, waitingAt, leading, timezone } = schedule;
  if (paused === null && waitingAt === null && leading === null) return null;
  return (
    <div class="notice warn">
      <Icon name="warn" />
      <div>
        {paused !== null && <Paused pause={paused} zone={timezone} />}
        {waitingAt !== null && (
          <p>
            Its time of <Own at={waitingAt} zone={timezone} /> waits until the run of an earlier one has
            ended.
          </p>
        )}
        {leading !== null && (
          <p>
            Schedulers go by another rule than is configured here, <code>{leading.times}</code>
            {leading.timezone !== null && ` in ${leading.timezone}`}, until one starts with this
            configuration.
          </p>
        )}
      </div>
    </div>
  );
}

function Paused(props: { readonly pause: NonNullable<Schedule['paused']>; readonly zone: string | null }) {
  const { pause, zone } = props;
  return (
    <p>
      <strong>Paused</strong> <Ago at={pause.since} /> by <Name text={pause.by} />
      {pause.until === null ? (
        ', until it is resumed'
      ) : (
        <>
          {' '}
          until <Own at={pause.until} zone={zone} />
        </>
      )}
      {pause.why !== '' && (
        <>
          : <Name text={pause.why} most={500} />
        </>
      )}
    </p>
  );
}

function Now(props: { readonly schedule: Schedule; readonly results: ScheduleResults | undefined }) {
  const { schedule, results } = props;
  const { name, nextAt, lastAt, timezone } = schedule;
  return (
    <Card title="Now" wide aside={<State schedule={schedule} results={results} />}>
      <Figures>
        <Figure
          label="Next"
          value={nextAt === null ? schedule.paused === null ? 'never' : 'when resumed' : <Ago at={nextAt} />}
          note={nextAt !== null && <Both at={nextAt} zone={timezone} />}
        />
        <Figure
          label="Last"
          value={lastAt === null ? 'never' : <Ago at={lastAt} />}
          note={lastAt !== null && <Both at={lastAt} zone={timezone} />}
        />
        <Figure label="Last times" value={<Results name={name} zone={timezone} results={results} links />} />
      </Figures>
    </Card>
  );
}

/** In both zones, where they are two. */
function Both({ at, zone }: { readonly at: number; readonly zone: string | null }) {
  return (
    <>
      <Own at={at} zone={zone} />
      {zone !== null && zone !== ZONE && (
        <>
          {' '}
          <Here at={at} zone={zone} />
        </>
      )}
    </>
  );
}
