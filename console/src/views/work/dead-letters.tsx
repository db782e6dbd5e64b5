/** What failed for good, with filters in the address, and trying it again: by the filter, on the server. */
import type { ApiOperations, DeadLetter } from '../../../../src/api-client/client.ts';
import { exact } from '../../format/numbers.ts';
import { type LoadPage, type Pages, usePages } from '../../pages.ts';
import { anyOr, Choose } from '../../parts/choose.tsx';
import { Badge, Card } from '../../parts/layout.tsx';
import { Empty, Failure, Loaded } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Ago, Name, To, Told } from '../../parts/text.tsx';
import { filter, param } from '../../router.ts';
import { Redrive } from './redriving.tsx';

export type Which = Omit<NonNullable<Parameters<ApiOperations['listDeadLetters']>[0]>, 'limit' | 'cursor'>;

const PAGE = 200;
const KINDS = anyOr('keys and jobs', [
  ['key', 'keys'],
  ['job', 'jobs'],
]);

/** The filter as the address has it; `lane` there is the one that is drawn. */
function whichOf(): Which {
  const text = (name: string) => param(name) || undefined;
  const kind = text('kind');
  return {
    ...{ run: text('run'), source: text('source'), lane: text('from'), reason: text('reason') },
    kind: kind === 'key' || kind === 'job' ? kind : undefined,
  };
}

export function DeadLetters() {
  const which = whichOf();
  const { first, rows, total, more, again, error } = useLetters(which);
  const actions = (
    <>
      {total === undefined ? '' : exact(total)} <Redrive which={which} done={again} />
    </>
  );
  return (
    <Card title="Dead letters" wide aside={actions}>
      <Filters which={which} />
      <Loaded query={first} lines={8}>
        {() =>
          rows.length === 0 && more === undefined ? (
            <None any={Object.values(which).every((value) => value === undefined)} />
          ) : (
            <Table
              label="Dead letters"
              columns={COLUMNS}
              rows={rows}
              id={({ id }) => id}
              more={more}
              total={total}
            />
          )
        }
      </Loaded>
      {error !== undefined && <Failure error={error} retry={more} />}
    </Card>
  );
}

function useLetters(which: Which): Pages<DeadLetter> {
  const load: LoadPage<DeadLetter> = async (api, cursor, signal) => {
    const page = await api.listDeadLetters({ ...which, limit: PAGE, cursor }, { signal });
    return { rows: page.letters, cursor: page.cursor, ...(page.total !== null && { total: page.total }) };
  };
  return usePages(`dead ${JSON.stringify(which)}`, ['work'], ({ id }) => id, load);
}

const COLUMNS: readonly Column<DeadLetter>[] = [
  {
    title: 'What',
    cell: ({ kind, subject }) =>
      kind === 'job' ? (
        <>
          <Badge tone="calm">job</Badge> <Name text={subject} most={40} />
        </>
      ) : (
        <To view="key" query={{ key: subject }}>
          <Name text={subject} most={48} />
        </To>
      ),
  },
  { title: 'Reason', grows: true, cell: ({ reason }) => <Told text={reason} most={160} /> },
  {
    title: 'Lane',
    wide: true,
    cell: ({ lane }) => (lane === null ? <span class="muted">none</span> : <Name text={lane} most={24} />),
  },
  {
    title: 'Run',
    wide: true,
    cell: ({ run }) =>
      run === null ? (
        <span class="muted">none</span>
      ) : (
        <To view="run" query={{ id: run }}>
          <Name text={run} most={24} />
        </To>
      ),
  },
  { title: 'Tries', align: 'end', wide: true, cell: ({ attempts }) => exact(attempts) },
  { title: 'Failed', align: 'end', cell: ({ at }) => <Ago at={at} /> },
];

const FIELDS = [
  ['reason', 'Reason', 'has this in it'],
  ['source', 'Source', 'of this source'],
  ['from', 'Lane', 'of this lane'],
  ['run', 'Run', 'of this run'],
] as const;

function Filters({ which }: { readonly which: Which }) {
  return (
    <search class="filters">
      {FIELDS.map(([name, label, hint]) => (
        <label key={name}>
          <span>{label}</span>
          <input
            type="search"
            value={param(name) ?? ''}
            placeholder={hint}
            spellcheck={false}
            onChange={({ currentTarget }) => filter({ [name]: currentTarget.value.trim() })}
          />
        </label>
      ))}
      <Choose label="What" value={which.kind ?? ''} choices={KINDS} change={(kind) => filter({ kind })} />
    </search>
  );
}

function None({ any }: { readonly any: boolean }) {
  if (any)
    return (
      <Empty title="Nothing has failed for good.">
        <p>
          A key whose every attempt fails in a run is kept here with its reason, until somebody tries it
          again.
        </p>
      </Empty>
    );
  return (
    <Empty title="No dead letter is like that.">
      <button type="button" onClick={() => filter({ run: '', source: '', from: '', reason: '', kind: '' })}>
        Show all
      </button>
    </Empty>
  );
}
