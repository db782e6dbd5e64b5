/** All origins: which are in trouble and why, and how much of what each allows is used. */
import type { Budget } from '../../../../src/api-client/client.ts';
import { exact } from '../../format/numbers.ts';
import { Choose } from '../../parts/choose.tsx';
import { Badge, Head } from '../../parts/layout.tsx';
import { Empty, Failure, Loaded } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Name, To } from '../../parts/text.tsx';
import { useQuery } from '../../query.ts';
import { filter, param } from '../../router.ts';
import { asideOf } from './aside.ts';
import { rankOf, rateText, type Trouble, troublesOf, USERS } from './words.ts';

interface Row {
  readonly origin: Budget;
  /** Keys in quarantine; undefined where that is not known. */
  readonly aside: number | undefined;
  readonly troubles: readonly Trouble[];
}

/** How far back calls are counted, in whole hours. */
const HOURS = [
  ['2', '2 hours'],
  ['24', 'a day'],
  ['48', 'two days'],
] as const;
const USUAL = '24';

const STATES = [
  ['', 'all'],
  ['trouble', 'in trouble'],
  ['down', 'failing or in doubt'],
  ['lowered', 'paused or lowered'],
  ['quarantine', 'with keys in quarantine'],
] as const;

export default function Origins() {
  const hours = HOURS.find(([each]) => each === param('over'))?.[0] ?? USUAL;
  const budget = useQuery(`origins ${hours}`, ['origins'], (api, signal) =>
    api.readBudget({ hours: Number(hours) }, { signal }),
  );
  const overview = useQuery('origins overview', ['service'], (api, signal) =>
    api.readOverview({}, { signal }),
  );
  const rows = (budget.data?.origins ?? [])
    .map((origin) => rowOf(origin, asideOf(origin, overview.data)))
    .filter(matches)
    .sort(worstFirst);
  return (
    <>
      <Head title="Origins">
        <p class="muted">
          What values are fetched from: those in trouble first, then those that were called most.
        </p>
      </Head>
      <Filters shown={budget.data === undefined ? undefined : rows.length} hours={hours} />
      {overview.error !== undefined && budget.error === undefined && (
        <Failure error={overview.error} since={overview.at} retry={overview.refresh} />
      )}
      <Loaded query={budget} lines={14}>
        {({ origins }) =>
          rows.length === 0 ? (
            <None any={origins.length > 0} />
          ) : (
            <Table label="Origins" columns={COLUMNS} rows={rows} id={({ origin: { origin } }) => origin} />
          )
        }
      </Loaded>
    </>
  );
}

function rowOf(origin: Budget, aside: number | undefined): Row {
  return { origin, aside, troubles: troublesOf(origin, aside) };
}

function matches({ origin, troubles, aside }: Row): boolean {
  const search = (param('search') ?? '').toLowerCase();
  const state = param('state') ?? '';
  if (!`${origin.origin} ${origin.sources.join(' ')}`.toLowerCase().includes(search)) return false;
  if (state === 'trouble') return troubles.length > 0;
  if (state === 'down') return origin.breaker.state !== 'closed';
  if (state === 'lowered') return origin.lowered !== null || origin.paused !== null;
  return state !== 'quarantine' || (aside ?? 0) > 0;
}

function worstFirst(a: Row, b: Row): number {
  return (
    rankOf(a.troubles) - rankOf(b.troubles) ||
    b.origin.total.calls - a.origin.total.calls ||
    (a.origin.origin < b.origin.origin ? -1 : 1)
  );
}

const COLUMNS: readonly Column<Row>[] = [
  {
    title: 'Origin',
    cell: ({ origin: { origin } }) => (
      <To view="origin" query={{ name: origin }}>
        <Name text={origin} most={36} />
      </To>
    ),
  },
  { title: 'State', cell: ({ troubles }) => <Troubles of={troubles} /> },
  { title: 'Calls', align: 'end', cell: ({ origin }) => some(origin.total.calls) },
  { title: 'Failed', align: 'end', cell: ({ origin }) => some(origin.total.failed) },
  { title: 'Slowed down', align: 'end', wide: true, cell: ({ origin }) => some(origin.total.throttled) },
  { title: 'Under way', align: 'end', wide: true, cell: ({ origin }) => atOnce(origin) },
  {
    title: 'Wait',
    ...{ align: 'end', wide: true },
    cell: ({ origin: { waiting } }) => some(USERS.reduce((sum, user) => sum + waiting[user], 0)),
  },
  {
    title: 'Allowed',
    ...{ align: 'end', wide: true },
    cell: ({ origin: { limits } }) => rateText(limits.perSecond),
  },
  {
    title: 'Sources',
    ...{ wide: true, grows: true },
    cell: ({ origin: { sources } }) => <Name text={sources.join(', ') || 'none'} most={80} />,
  },
];

/** What there is none of is no news. */
function some(count: number) {
  return count === 0 ? <span class="muted">0</span> : exact(count);
}

function atOnce({ inFlight, limits }: Budget): string {
  return `${exact(inFlight)} of ${exact(limits.concurrency)}`;
}

function Troubles({ of }: { readonly of: readonly Trouble[] }) {
  return (
    <span class="badges">
      {of.length === 0 && <Badge tone="good">well</Badge>}
      {of.map(({ tone, text }) => (
        <Badge key={text} tone={tone}>
          {text}
        </Badge>
      ))}
    </span>
  );
}

function Filters({ shown, hours }: { readonly shown: number | undefined; readonly hours: string }) {
  return (
    <search class="filters">
      <label>
        <span>Search</span>
        <input
          type="search"
          value={param('search') ?? ''}
          placeholder="name of an origin or a source"
          onInput={({ currentTarget }) => filter({ search: currentTarget.value })}
        />
      </label>
      <Choose
        label="State"
        value={param('state') ?? ''}
        choices={STATES}
        change={(state) => filter({ state })}
      />
      <Choose
        label="Calls of"
        value={hours}
        choices={HOURS}
        change={(over) => filter({ over: over === USUAL ? '' : over })}
      />
      <span class="muted" role="status">
        {shown === undefined ? '' : `${exact(shown)} shown`}
      </span>
    </search>
  );
}

function None({ any }: { readonly any: boolean }) {
  if (any) {
    return (
      <Empty title="No origin matches.">
        <button type="button" onClick={() => filter({ search: '', state: '' })}>
          Show all
        </button>
      </Empty>
    );
  }
  return (
    <Empty title="No origin is configured.">
      <p>
        Name one under <code>origins</code> in the configuration: an HTTP API, a database, an embeddings
        endpoint, or a module of yours.
      </p>
    </Empty>
  );
}
