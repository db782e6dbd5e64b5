/**
 * The times of a month to come, by the function that fires: with what clock changes do to them, and those that will be skipped. A time
 * can be left out from here, and let fire after all.
 */
import type { Schedule, TimePreview } from '../../../../src/api-client/client.ts';
import { now } from '../../clock.ts';
import { exact } from '../../format/numbers.ts';
import { full } from '../../format/times.ts';
import { type LoadPage, usePages } from '../../pages.ts';
import { Action } from '../../parts/button.tsx';
import { Badge, Card } from '../../parts/layout.tsx';
import { Failure, Loaded } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Ago, Name } from '../../parts/text.tsx';
import type { Tone } from '../../parts/tone.ts';
import { useQuery } from '../../query.ts';
import { addressOf, filter, param } from '../../router.ts';
import { askSkip } from './skipping.tsx';
import { Here, Own } from './times.tsx';

const PAGE = 200;
const DAY_MS = 86_400_000;
const MONTH_MS = 31 * DAY_MS;

type Noted = TimePreview['notes'][number];

/** A time of the schedule, or one at which the clocks change. */
interface Coming {
  readonly at: number;
  readonly local: string;
  readonly notes: readonly Noted[];
  readonly clocks: boolean;
}

interface ComingOf {
  readonly schedule: Schedule;
  readonly refresh: () => void;
}

export function Coming({ schedule, refresh }: ComingOf) {
  const { name } = schedule;
  // A day of the calendar of the schedule; without one, from now on.
  const from = param('from');
  const onlyNoted = param('noted') === 'true';
  const times = usePages<TimePreview>(
    `preview ${from ?? ''} ${name}`,
    ['schedules'],
    ({ at }) => at,
    loader(name, from),
  );
  const changes = useQuery(`clocks ${from ?? ''} ${name}`, [], (api, signal) =>
    api.previewClockChanges({ schedule: name, from, count: 1 }, { signal }),
  );
  const change = changes.data?.changes[0];
  const rows = comingOf(times.rows, change, times.more === undefined).filter(
    ({ notes, clocks }) => !onlyNoted || clocks || notes.length > 0,
  );
  return (
    <Card title={from === undefined ? 'The coming month' : `A month from ${from}`} wide aside={<Month />}>
      <Clocks change={change} isKnown={changes.data !== undefined || changes.error !== undefined} />
      <Loaded query={times.first} lines={13}>
        {() =>
          rows.length === 0 && times.more === undefined ? (
            <Nothing onlyNoted={onlyNoted} />
          ) : (
            <Table
              label="Coming times"
              columns={columnsOf({ schedule, refresh: () => both(refresh, times.first.refresh) })}
              rows={rows}
              id={({ at, clocks }) => `${at} ${clocks}`}
              more={times.more}
            />
          )
        }
      </Loaded>
      {times.error !== undefined && <Failure error={times.error} retry={times.more} />}
    </Card>
  );
}

function Nothing({ onlyNoted }: { readonly onlyNoted: boolean }) {
  return (
    <p class="muted">
      {onlyNoted ? 'Nothing is moved, doubled or left out in it.' : 'It has no time in it.'}
    </p>
  );
}

function both(first: () => void, second: () => void): void {
  first();
  second();
}

/** Page after page, as far as the month goes: a cursor is the last time of a page, and where the month ends. */
function loader(name: string, from: string | undefined): LoadPage<TimePreview> {
  return async (api, cursor, signal) => {
    const [after, known] = cursor?.split(' ') ?? [from, undefined];
    const { times } = await api.previewSchedule({ name, from: after, count: PAGE }, { signal });
    const end = known === undefined ? endOf(from) : Number(known);
    const rows = times.filter(({ at }) => Date.parse(at) < end);
    const last = times.at(-1)?.at;
    const goesOn = rows.length === PAGE && last !== undefined;
    return { rows, cursor: goesOn ? `${last} ${end}` : null };
  };
}

/** To the day: in which zone it begins makes no month longer. */
function endOf(from: string | undefined): number {
  const begin = Date.parse(from ?? '');
  return (Number.isNaN(begin) ? Date.now() : begin) + MONTH_MS;
}

interface Change {
  readonly at: string;
  readonly local: string;
  readonly minutes: number;
  readonly timezone: string;
}

/** In order, with the change of the clocks in its place where the list reaches so far. */
function comingOf(
  times: readonly TimePreview[],
  change: Change | undefined,
  isWhole: boolean,
): readonly Coming[] {
  const rows: Coming[] = times.map(({ at, local, notes }) => ({
    at: Date.parse(at),
    local,
    notes,
    clocks: false,
  }));
  const [first, last] = [rows[0]?.at, rows.at(-1)?.at];
  if (change === undefined || first === undefined || last === undefined) return rows;
  const at = Date.parse(change.at);
  if (at < first - DAY_MS || at > last + (isWhole ? DAY_MS : 0)) return rows;
  return [...rows, { at, local: change.local, notes: [clocksNote(change)], clocks: true }].sort(
    (a, b) => a.at - b.at || Number(b.clocks) - Number(a.clocks),
  );
}

function clocksNote(change: Change): Noted {
  return { kind: 'clocks', text: clocksText(change) };
}

function clocksText({ minutes }: Change): string {
  return `clocks go ${minutes > 0 ? 'forward' : 'back'} by ${exact(Math.abs(minutes))} min`;
}

function columnsOf(of: ComingOf): readonly Column<Coming>[] {
  const { timezone } = of.schedule;
  return [
    { title: 'In its zone', cell: ({ at }) => <Own at={at} zone={timezone} /> },
    { title: 'Here', wide: true, cell: ({ at }) => <Here at={at} zone={timezone} /> },
    { title: 'In', align: 'end', cell: ({ at }) => <Ago at={at} /> },
    { title: 'What is special', grows: true, cell: (time) => <Notes time={time} /> },
    { title: 'Change', align: 'end', cell: (time) => <Change time={time} of={of} /> },
  ];
}

/** In words, and whether it is a warning. */
const KINDS: Readonly<Record<Noted['kind'], readonly [text: string, tone: Tone]>> = {
  moved: ['moved', 'warn'],
  clocks: ['clock change', 'busy'],
  doubled: ['doubled', 'warn'],
  repeated: ['repeated', 'warn'],
  gap: ['left out before it', 'warn'],
  jitter: ['later', 'calm'],
  deadline: ['deadline', 'warn'],
  paused: ['skipped', 'warn'],
  asked: ['left out', 'warn'],
};

function Notes({ time: { notes } }: { readonly time: Coming }) {
  return (
    <>
      {notes.map(({ kind, text }) => (
        <span key={kind} title={text}>
          <Badge tone={KINDS[kind][1]}>{KINDS[kind][0]}</Badge> <Name text={text} most={400} />{' '}
        </span>
      ))}
    </>
  );
}

function Change({
  time: { at, clocks },
  of: { schedule, refresh },
}: {
  readonly time: Coming;
  readonly of: ComingOf;
}) {
  if (clocks) return null;
  const undo = schedule.asked.some(({ nominal }) => nominal === at);
  return (
    <Action scope="warm" onClick={() => askSkip({ schedule, at, undo }, refresh)}>
      {undo ? 'Let it fire' : 'Skip'}
    </Action>
  );
}

/** When the clocks of its zone change next, and the way there. */
function Clocks({ change, isKnown }: { readonly change: Change | undefined; readonly isKnown: boolean }) {
  if (change === undefined) return isKnown ? null : <p>{'\u00a0'}</p>;
  const day = new Date(Date.parse(change.at) - DAY_MS).toISOString().slice(0, 10);
  return (
    <p class="muted">
      In {change.timezone} the {clocksText(change)} at{' '}
      <span title={change.at}>{full(Date.parse(change.at), change.timezone)}</span>.{' '}
      {day !== param('from') && (
        <a href={addressOf('schedule', { name: param('name'), from: day, noted: param('noted') })}>
          Look there
        </a>
      )}
    </p>
  );
}

function Month() {
  const from = param('from') ?? '';
  return (
    <span class="filters">
      <label>
        <span>From</span>
        <input
          type="date"
          value={from}
          min={new Date(now.value - DAY_MS).toISOString().slice(0, 10)}
          onChange={({ currentTarget }) => filter({ from: currentTarget.value })}
        />
      </label>
      <label>
        <input
          type="checkbox"
          checked={param('noted') === 'true'}
          onChange={({ currentTarget }) => filter({ noted: currentTarget.checked })}
        />
        <span>only what is special</span>
      </label>
    </span>
  );
}
