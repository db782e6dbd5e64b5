import { exact } from '../../format/numbers.ts';
import { Meter } from '../../parts/meter.tsx';
import { Empty } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Name, To } from '../../parts/text.tsx';
import { lagOf, type SourceNow } from './verdict.ts';

/** Each process has another one, so that nothing is measured of it. */
const OF_EACH_PROCESS = 'memory';

/** Coverage of each source, in any tier and tier by tier, with what waits. */
export function Sources(props: {
  readonly sources: readonly SourceNow[];
  readonly tiers: readonly string[];
}) {
  const { sources, tiers } = props;
  if (sources.length === 0) {
    return (
      <Empty title="There is no source.">
        <p>
          A source says how a kind of value is asked for. Add one under <code>sources</code> in the
          configuration.
        </p>
      </Empty>
    );
  }
  const rows = sources.toSorted((a, b) => (a.warm ?? 2) - (b.warm ?? 2));
  return <Table label="Sources" columns={columnsFor(tiers)} rows={rows} id={({ source }) => source} />;
}

function columnsFor(tiers: readonly string[]): Column<SourceNow>[] {
  return [
    {
      title: 'Source',
      cell: ({ source }) => (
        <To view="keys" query={{ selector: `source=${source}` }}>
          <Name text={source} />
        </To>
      ),
    },
    {
      title: 'Warm',
      cell: ({ source, warm }) => <Meter share={warm} label={`${source}, warm in any tier`} />,
    },
    {
      title: 'Reads',
      wide: true,
      cell: ({ source, reads }) => <Meter share={reads} label={`${source}, reads that got a warm value`} />,
    },
    ...tiers
      .filter((tier) => tier !== OF_EACH_PROCESS)
      .map((tier) => ({
        title: tier,
        wide: true,
        cell: ({ source, tiers: shares }: SourceNow) => (
          <Meter share={shares.get(tier) ?? null} label={`${source}, warm in ${tier}`} />
        ),
      })),
    ...COUNTS,
  ];
}

const COUNTS: readonly Column<SourceNow>[] = [
  { title: 'Keys', align: 'end', cell: ({ keys }) => exact(keys) },
  { title: 'Due', align: 'end', cell: ({ due }) => exact(due) },
  {
    title: 'Failing',
    align: 'end',
    cell: ({ failing }) => (failing === 0 ? '0' : <strong>{exact(failing)}</strong>),
  },
  { title: 'Refresh lag', align: 'end', wide: true, cell: ({ lag }) => lagOf(lag) },
];
