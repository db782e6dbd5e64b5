import type { Run, RunFailures } from '../../../../src/api-client/client.ts';
import { exact } from '../../format/numbers.ts';
import { type LoadPage, usePages } from '../../pages.ts';
import { Badge, Card } from '../../parts/layout.tsx';
import { Loaded, Failure as Problem } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Name, To, Told } from '../../parts/text.tsx';

type Failed = RunFailures['failures'][number];

const PAGE = 500;

const COLUMNS: readonly Column<Failed>[] = [
  {
    title: 'Key',
    cell: ({ key }) => (
      <To view="key" query={{ key }}>
        <Name text={key} most={60} />
      </To>
    ),
  },
  {
    title: 'Outcome',
    cell: ({ outcome }) => <Badge tone={outcome === 'failed' ? 'bad' : 'warn'}>{outcome}</Badge>,
  },
  {
    title: 'Reason',
    grows: true,
    cell: ({ reason }) => (reason === '' ? 'not on record any more' : <Told text={reason} />),
  },
];

/** The keys that failed or were refused, with their reasons. */
export function Failures({ run }: { readonly run: Run }) {
  const count = run.counts.failed + run.counts.refused;
  if (count === 0) return null;
  return (
    <Card title="Failed keys" wide aside={`${exact(count)} of ${exact(run.total)}`}>
      <List id={run.id} total={count} />
    </Card>
  );
}

/** What so many rows take, in lines: no more than the table of a card. */
function linesOf(rows: number): number {
  return Math.min(480, 30 + 36 * rows) / 36;
}

function List({ id, total }: { readonly id: string; readonly total: number }) {
  const load: LoadPage<Failed> = async (api, cursor, signal, least = PAGE) => {
    const page = await api.listFailures({ id, limit: least, cursor }, { signal });
    return { rows: page.failures, cursor: page.cursor, total: page.total };
  };
  const {
    first,
    rows,
    total: listed,
    more,
    reach,
    error,
  } = usePages(`failures ${id}`, ['runs'], ({ key }) => key, load);
  return (
    <>
      <Loaded query={first} lines={linesOf(total)}>
        {() => (
          <Table
            label="Failed keys"
            columns={COLUMNS}
            rows={rows}
            id={({ key }) => key}
            more={more}
            reach={reach}
            total={listed ?? total}
          />
        )}
      </Loaded>
      {error !== undefined && <Problem error={error} retry={more} />}
    </>
  );
}
