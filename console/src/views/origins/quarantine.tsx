/** Keys of an origin that were set aside because they fail again and again; and having them tried again. */
import { useSignal } from '@preact/signals';
import type { Budget, QuarantinedKey } from '../../../../src/api-client/client.ts';
import { exact } from '../../format/numbers.ts';
import { type LoadPage, type Pages, usePages } from '../../pages.ts';
import { Action } from '../../parts/button.tsx';
import { anyOr, Choose } from '../../parts/choose.tsx';
import { Card } from '../../parts/layout.tsx';
import { Failure, Loaded } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Ago, Name, To, Told } from '../../parts/text.tsx';
import { filter, param } from '../../router.ts';
import { askRelease, askReleaseOf } from './releasing.tsx';

const PAGE = 500;

export function Quarantine({ origin: { origin, sources } }: { readonly origin: Budget }) {
  const asked = param('source');
  const source = asked !== undefined && sources.includes(asked) ? asked : undefined;
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const load: LoadPage<QuarantinedKey> = async (api, cursor, signal) => {
    const page = await api.listQuarantine({ origin, source, limit: PAGE, cursor }, { signal });
    return { rows: page.keys, cursor: page.cursor, total: page.total };
  };
  const key = `quarantine ${origin} ${source ?? ''}`;
  const pages = usePages(key, ['origins', 'keys'], (row) => row.key, load);
  const total = pages.first.data?.total;
  const done = () => {
    chosen.value = new Set();
    pages.again();
  };
  const some = pages.rows.filter((row) => chosen.value.has(row.key)).map((row) => row.key);
  return (
    <Card title="Keys in quarantine" wide aside={total === undefined ? '' : exact(total)}>
      <div class="filters">
        {sources.length > 1 && (
          <SourceChoice source={source} sources={sources} changed={() => (chosen.value = new Set())} />
        )}
        {some.length > 0 && (
          <Action scope="admin" onClick={() => askRelease(some, done)}>
            Release {exact(some.length)} chosen
          </Action>
        )}
        {total !== undefined && total > 0 && (
          <Action scope="admin" onClick={() => askReleaseOf({ origin, source }, done)}>
            Release all {exact(total)}
          </Action>
        )}
      </div>
      <Keys pages={pages} chosen={chosen} />
    </Card>
  );
}

function SourceChoice(props: {
  readonly source: string | undefined;
  readonly sources: readonly string[];
  readonly changed: () => void;
}) {
  const { source, sources, changed } = props;
  return (
    <Choose
      label="Source"
      value={source ?? ''}
      choices={anyOr(
        'all',
        sources.map((each) => [each, each] as const),
      )}
      change={(to) => {
        changed();
        filter({ source: to });
      }}
    />
  );
}

function Keys({ pages, chosen }: { readonly pages: Pages<QuarantinedKey>; readonly chosen: Chosen }) {
  const { first, rows, total, more, error } = pages;
  return (
    <>
      <Loaded query={first} lines={3}>
        {() =>
          total === 0 ? (
            <p class="muted">
              None. A key that fails again and again is set aside: it is tried seldom, and runs leave it out.
            </p>
          ) : (
            <Table
              label="Keys in quarantine"
              columns={columnsFor(chosen)}
              rows={rows}
              id={({ key }) => key}
              more={more}
              total={total}
            />
          )
        }
      </Loaded>
      {error !== undefined && <Failure error={error} retry={more} />}
    </>
  );
}

interface Chosen {
  value: ReadonlySet<string>;
}

function columnsFor(chosen: Chosen): readonly Column<QuarantinedKey>[] {
  return [
    {
      title: 'Release',
      cell: ({ key }) => (
        <input
          type="checkbox"
          aria-label={`Choose ${key}`}
          checked={chosen.value.has(key)}
          onChange={() => {
            const next = new Set(chosen.value);
            if (!next.delete(key)) next.add(key);
            chosen.value = next;
          }}
        />
      ),
    },
    {
      title: 'Key',
      cell: ({ key }) => (
        <To view="key" query={{ key }}>
          <Name text={key} most={60} />
        </To>
      ),
    },
    { title: 'Attempts', align: 'end', cell: ({ failures }) => exact(failures) },
    { title: 'Failed', cell: ({ at }) => <Ago at={at} /> },
    { title: 'Tried again', cell: ({ retryAt }) => <Ago at={retryAt} /> },
    {
      title: 'Reason',
      grows: true,
      cell: ({ reason }) => <Told text={reason} most={200} />,
    },
  ];
}
