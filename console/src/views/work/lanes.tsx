/** The lanes: what waits in each and for how long, what holds it up, and one of them over time. */
import type { Lane, LaneList } from '../../../../src/api-client/client.ts';
import { now } from '../../clock.ts';
import { counted, exact } from '../../format/numbers.ts';
import { duration } from '../../format/times.ts';
import { Span } from '../../parts/history.tsx';
import { Badge, Card } from '../../parts/layout.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Ago, Name, Told } from '../../parts/text.tsx';
import { useQuery } from '../../query.ts';
import { address, addressOf, param } from '../../router.ts';
import { LaneOverTime } from './lane-over-time.tsx';

export function Lanes() {
  const lanes = useQuery('lanes', ['work', 'origins', 'service'], (api, signal) =>
    api.listLanes({}, { signal }),
  );
  return (
    <>
      <Card title="Lanes" wide>
        <Loaded query={lanes} lines={6}>
          {(list) => <Listed list={list} />}
        </Loaded>
      </Card>
      <Chosen list={lanes.data} />
    </>
  );
}

/** The one that is in the address, or where something waits longest. */
function chosenOf({ lanes }: LaneList): string | undefined {
  const oldest = lanes.toSorted((a, b) => (a.oldest ?? Infinity) - (b.oldest ?? Infinity))[0];
  return param('lane') ?? oldest?.lane;
}

/** It is there from the beginning, so that nothing moves. */
function Chosen({ list }: { readonly list: LaneList | undefined }) {
  const lane = list === undefined ? param('lane') : chosenOf(list);
  const isOrphan = list?.lanes.some((each) => each.lane === lane && !each.configured) === true;
  return (
    <Card title="One lane over time" wide aside={<Span />}>
      <p>{lane === undefined ? 'The lane where something waits longest' : <Name text={lane} most={60} />}</p>
      <div class="lane-charts">
        {lane !== undefined && list !== undefined && <LaneOverTime lane={lane} isOrphan={isOrphan} />}
      </div>
    </Card>
  );
}

function Listed({ list }: { readonly list: LaneList }) {
  const { lanes } = list;
  const held = lanes.filter((lane) => lane.waitsFor.length > 0 && lane.waiting + lane.delayed > 0);
  const orphans = lanes.filter(({ configured }) => !configured);
  if (lanes.length === 0)
    return (
      <Empty title="There is no lane.">
        <p>
          Each origin has one: configure an origin under <code>origins</code>.
        </p>
      </Empty>
    );
  return (
    <>
      <Table label="Lanes" columns={columnsOf(chosenOf(list))} rows={lanes} id={({ lane }) => lane} />
      {held.map((lane) => (
        <Held key={lane.lane} lane={lane} />
      ))}
      {orphans.map((lane) => (
        <Orphan key={lane.lane} lane={lane} />
      ))}
    </>
  );
}

function columnsOf(chosen: string | undefined): readonly Column<Lane>[] {
  return [
    {
      title: 'Lane',
      grows: true,
      cell: ({ lane, configured }) => (
        <>
          <a
            href={addressOf('work', { ...Object.fromEntries(address.value.query), lane })}
            aria-current={lane === chosen ? 'true' : undefined}
          >
            <Name text={lane} most={40} />
          </a>{' '}
          {!configured && <Badge tone="warn">no origin</Badge>}
        </>
      ),
    },
    { title: 'Waiting', align: 'end', cell: ({ waiting }) => exact(waiting) },
    { title: 'Oldest', align: 'end', cell: ({ oldest }) => <Waited since={oldest} /> },
    { title: 'Delayed', align: 'end', wide: true, cell: ({ delayed }) => exact(delayed) },
    { title: 'Active', align: 'end', cell: ({ active }) => exact(active) },
    {
      title: 'Failed',
      align: 'end',
      wide: true,
      cell: ({ failed }) => (failed === 0 ? '0' : <Badge tone="bad">{exact(failed)}</Badge>),
    },
    ...(['p50', 'p95', 'p99'] as const).map((name) => ({
      title: `Waited, ${name}`,
      align: 'end' as const,
      wide: true,
      cell: ({ waited }: Lane) => (waited[name] === null ? 'unknown' : duration(waited[name])),
    })),
    { title: 'Workers', align: 'end', wide: true, cell: ({ workers }) => exact(workers.length) },
  ];
}

/** For how long the oldest job has been ready. */
function Waited({ since }: { readonly since: number | null }) {
  if (since === null) return <span class="muted">none</span>;
  return <>{duration(Math.max(0, now.value - since))}</>;
}

function Held({ lane: { lane, waiting, delayed, waitsFor } }: { readonly lane: Lane }) {
  return (
    <div class="notice warn">
      <div>
        <p>
          <strong>
            <Name text={lane} most={60} />
          </strong>{' '}
          holds {counted(waiting + delayed, 'job')} and waits:
        </p>
        {waitsFor.map(({ for: what, reason, until, by }) => (
          <p key={`${what} ${reason}`}>
            <Told text={reason} most={300} />
            {until !== null && (
              <>
                ; on again <Ago at={until} />
              </>
            )}
            {by !== null && (
              <span class="muted">
                , by <Name text={by} most={60} />
              </span>
            )}
          </p>
        ))}
      </div>
    </div>
  );
}

function Orphan({ lane: { lane } }: { readonly lane: Lane }) {
  return (
    <div class="notice warn">
      <div>
        <p>
          No origin called <Name text={lane} most={60} /> is configured here any more, so no worker takes what
          its lane holds.
        </p>
        <p>
          Configure the origin again, or have one process finish the rest:{' '}
          <code>forewarm drain --lane {lane}</code>
        </p>
      </div>
    </div>
  );
}
