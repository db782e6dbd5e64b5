/** How the times of a schedule ended: each that fired with what came of it, and each that did not, with the reason. */

import type { Schedule, TickResult } from '../../../../src/api-client/client.ts';
import { counted, exact } from '../../format/numbers.ts';
import { duration } from '../../format/times.ts';
import { Choose } from '../../parts/choose.tsx';
import { Badge } from '../../parts/layout.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Name } from '../../parts/text.tsx';
import { addressOf, filter, param } from '../../router.ts';
import { Here, Own } from './times.tsx';
import { endOf, leftOut, skipped } from './words.ts';

const ENDS = [
  ['', 'all'],
  ['ran', 'fired'],
  ['skipped', 'skipped'],
  ['trouble', 'not well'],
] as const;

export function History(props: {
  readonly ticks: readonly TickResult[];
  readonly schedule: Pick<Schedule, 'timezone'>;
  /** So many were asked for. */
  readonly limit: number;
}) {
  const { ticks, schedule, limit } = props;
  const ended = param('ended') ?? '';
  const shown = ticks.filter((tick) => fits(tick, ended));
  if (ticks.length === 0) {
    return <p class="muted">No time of it has passed since a scheduler first ran.</p>;
  }
  return (
    <>
      <div class="filters">
        <Choose label="Show" value={ended} choices={ENDS} change={(to) => filter({ ended: to })} />
        <span class="muted">
          {exact(shown.length)} of the last {exact(ticks.length)}
        </span>
        {ticks.length === limit && param('times') !== 'all' && (
          <button type="button" onClick={() => filter({ times: 'all' })}>
            Load up to 1,000
          </button>
        )}
      </div>
      {shown.length === 0 ? (
        <p class="muted">None of them ended so.</p>
      ) : (
        <Table
          label="How its times ended"
          columns={columnsOf(schedule.timezone)}
          rows={shown}
          id={({ from, nominal, end }) => `${from} ${nominal} ${end}`}
        />
      )}
    </>
  );
}

function fits(tick: TickResult, ended: string): boolean {
  if (ended === 'trouble') return ['warn', 'bad'].includes(endOf(tick).tone);
  return ended === '' || tick.end === ended;
}

function columnsOf(zone: string | null): readonly Column<TickResult>[] {
  return [
    { title: 'Time, in its zone', cell: (tick) => <Times tick={tick} zone={zone} /> },
    { title: 'Here', wide: true, cell: ({ nominal }) => <Here at={nominal} zone={zone} /> },
    { title: 'How it ended', cell: (tick) => <Ended tick={tick} /> },
    { title: 'Why, or what came of it', grows: true, cell: (tick) => <Why tick={tick} /> },
    { title: 'Late', align: 'end', wide: true, cell: ({ late }) => (late === null ? '–' : duration(late)) },
    {
      title: 'Took',
      align: 'end',
      cell: ({ result }) => (result === null || result.took === null ? '–' : duration(result.took)),
    },
  ];
}

function Times({
  tick: { from, nominal, count },
  zone,
}: {
  readonly tick: TickResult;
  readonly zone: string | null;
}) {
  if (from === nominal) return <Own at={nominal} zone={zone} />;
  return (
    <>
      <Own at={from} zone={zone} /> to <Own at={nominal} zone={zone} />{' '}
      <span class="muted">{count === null ? 'very many times' : counted(count, 'time')}</span>
    </>
  );
}

function Ended({ tick }: { readonly tick: TickResult }) {
  const { tone, text } = endOf(tick);
  const badge = <Badge tone={tone}>{tick.backfill === null ? text : `${text}, back-filled`}</Badge>;
  return tick.run === null ? badge : <a href={addressOf('run', { id: tick.run })}>{badge}</a>;
}

function Why({ tick }: { readonly tick: TickResult }) {
  const { end, reason, note, result, backfill } = tick;
  const parts = [
    ...(end === 'skipped' || reason !== null ? [skipped({ reason }).text] : []),
    ...(note === '' ? [] : [note]),
    ...(backfill === null
      ? []
      : [`made up for by ${backfill.by}${backfill.why === '' ? '' : `: ${backfill.why}`}`]),
    ...(result === null ? [] : [`${exact(result.failed)} of ${counted(result.total, 'key')} failed`]),
    ...(result === null || result.excluded === 0 ? [] : [leftOut(result)]),
  ];
  const text = parts.join('; ');
  return (
    <span title={text}>
      <Name text={text} most={400} />
    </span>
  );
}
