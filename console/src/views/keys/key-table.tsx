import type { Entry } from '../../../../src/api-client/client.ts';
import { bytes, counted, exact } from '../../format/numbers.ts';
import { clockTime } from '../../format/times.ts';
import { Empty, Failure } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Ago, Name, To } from '../../parts/text.tsx';
import { filter } from '../../router.ts';
import type { Filter, KeyPage, KeyPages } from './key-pages.ts';
import { KeyState } from './key-state.tsx';

const COLUMNS: readonly Column<Entry>[] = [
  {
    title: 'Key',
    cell: ({ key }) => (
      <To view="key" query={{ key }}>
        <Name text={key} most={56} />
      </To>
    ),
  },
  { title: 'State', cell: (entry) => <KeyState entry={entry} /> },
  {
    title: 'Age',
    align: 'end',
    cell: ({ checkedAt }) => (checkedAt === null ? '–' : <Ago at={checkedAt} />),
  },
  {
    title: 'Due',
    align: 'end',
    wide: true,
    cell: ({ dueAt }) => (dueAt === null ? 'never' : <Ago at={dueAt} />),
  },
  {
    title: 'Size',
    align: 'end',
    wide: true,
    cell: ({ bodyBytes, freshness }) => (freshness === null ? '–' : bytes(bodyBytes)),
  },
  { title: 'Lacking in', wide: true, cell: ({ lacking }) => lacking.map(lackingIn) },
  {
    title: 'Last failure',
    wide: true,
    grows: true,
    cell: ({ failure }) => failure !== null && <span title={failure}>{failure}</span>,
  },
];

/** That this one process has not read a key yet means little. */
function lackingIn(tier: string, i: number) {
  return (
    <span key={tier} class={tier === 'memory' ? 'muted' : undefined}>
      {i > 0 && ', '}
      {tier}
    </span>
  );
}

/** The keys, without their values. */
export function KeyTable(props: {
  readonly pages: KeyPages;
  readonly page: KeyPage;
  readonly filter: Filter;
  /** All that are selected, where that is known for certain. */
  readonly total: number | undefined;
}) {
  const { pages, page, filter: asked, total } = props;
  const { entries, isDense } = page;
  return (
    <>
      {page.note !== null && (
        <p class="notice warn">
          <span>
            This is only what the tiers hold, {counted(entries.length, 'key')} at the most: {page.note}
          </span>
        </p>
      )}
      {entries.length === 0 && pages.more === undefined ? (
        <None asked={asked} />
      ) : (
        <Table
          label="Keys"
          columns={COLUMNS}
          rows={entries}
          id={({ key }) => key}
          more={isDense ? pages.more : undefined}
          {...(total !== undefined && { total, reach: pages.reach })}
        />
      )}
      {pages.error !== undefined && <Failure error={pages.error} retry={pages.more} />}
      <Rest pages={pages} page={page} />
    </>
  );
}

/** Whether there is more, and of when it is. */
function Rest({
  pages: { more, busy, isLive, again, query },
  page,
}: {
  readonly pages: KeyPages;
  readonly page: KeyPage;
}) {
  const { entries, looked, isDense } = page;
  const isSparse = more !== undefined && !isDense;
  if (!isSparse && isLive) return null;
  return (
    <p class="rest">
      {isSparse && (
        <>
          {exact(entries.length)} found in {counted(looked, 'key')} so far.{' '}
          <button type="button" onClick={more} disabled={busy}>
            Look further
          </button>
        </>
      )}
      {!isLive && query.at !== undefined && (
        <>
          So many are not kept up with: the first of them were loaded at {clockTime(query.at, query.at)}.{' '}
          <button type="button" onClick={again}>
            Begin anew
          </button>
        </>
      )}
    </p>
  );
}

function None({ asked: { selector, state, minBytes } }: { readonly asked: Filter }) {
  if (state !== '' || minBytes !== '') {
    return (
      <Empty title="None of these keys is so.">
        <button type="button" onClick={() => filter({ state: '', tier: '', minBytes: '' })}>
          List all that are selected
        </button>
      </Empty>
    );
  }
  if (selector === '') {
    return (
      <Empty title="No key is kept warm yet.">
        <p>
          Schedules add the keys of entity sets as they fire; <strong>Warm</strong> above does it now.
        </p>
      </Empty>
    );
  }
  return (
    <Empty title="It selects no key that is kept warm.">
      <p>A search finds keys that begin with its words. Any key can be looked up by its whole name:</p>
      <Whole selector={selector} />
    </Empty>
  );
}

/** A key that is not kept warm may be stored all the same. */
function Whole({ selector }: { readonly selector: string }) {
  const key = /^prefix=([^",\s]+)$/.exec(selector)?.[1];
  return (
    <div class="actions">
      {key !== undefined && (
        <To view="key" query={{ key }}>
          Look up <Name text={key} />
        </To>
      )}
      <button type="button" onClick={() => filter({ selector: '' })}>
        List every key
      </button>
    </div>
  );
}
