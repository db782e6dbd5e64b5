/** Who changed what, newest first. */

import { useMemo } from 'preact/hooks';
import type { AuditRecord } from '../../../../src/api-client/client.ts';
import { shortened, visible } from '../../format/text.ts';
import { type LoadPage, usePages } from '../../pages.ts';
import { anyOr, Choose } from '../../parts/choose.tsx';
import { Badge, Head } from '../../parts/layout.tsx';
import { Empty, Failure, Loaded } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Ago, Name } from '../../parts/text.tsx';
import { addressOf, filter, param } from '../../router.ts';
import './audit.css';
import { filterOf, LAST, VERBS, type Wanted, wordsOf } from './audit-verbs.ts';
import { OneAction } from './one-action.tsx';

const PAGE = 200;

const DEEDS = anyOr('anything', Object.entries(VERBS));
const SPANS = anyOr('all that is remembered', Object.entries(LAST));

const idOf = ({ id }: AuditRecord) => id;

export default function Audit() {
  const wanted: Wanted = {
    who: param('who') ?? '',
    verb: param('verb') ?? '',
    last: param('last') ?? '',
  };
  const load: LoadPage<AuditRecord> = async (api, cursor, signal) => {
    const asked = { ...filterOf(wanted, Date.now()), limit: PAGE, cursor };
    const page = await api.listActions(asked, { signal });
    return { rows: page.actions, cursor: page.cursor };
  };
  const { first, rows, more, error } = usePages(`audit ${JSON.stringify(wanted)}`, ['audit'], idOf, load);
  const columns = useMemo(() => columnsFor(wanted), [wanted.who, wanted.verb, wanted.last]);
  const shown = rows.find(({ id }) => id === param('action'));
  return (
    <>
      <Head title="Audit">
        <p class="muted">Who changed what, by this page, the API, commands and programs.</p>
      </Head>
      <Filters wanted={wanted} known={rows} />
      <Loaded query={first} lines={14}>
        {() =>
          rows.length === 0 && more === undefined ? (
            <None any={wanted.who + wanted.verb + wanted.last !== ''} />
          ) : (
            <Table label="Actions" columns={columns} rows={rows} id={idOf} more={more} />
          )
        }
      </Loaded>
      {error !== undefined && <Failure error={error} retry={more} />}
      {shown !== undefined && <OneAction action={shown} />}
    </>
  );
}

function columnsFor(wanted: Wanted): readonly Column<AuditRecord>[] {
  return [
    {
      title: 'Did',
      cell: ({ id, verb }) => <a href={addressOf('audit', { ...wanted, action: id })}>{wordsOf(verb)}</a>,
    },
    { title: 'Who', cell: ({ who }) => <Name text={who} most={28} /> },
    { title: 'What', wide: true, grows: true, cell: ({ about }) => <Name text={about} most={90} /> },
    { title: 'Note', wide: true, cell: ({ note }) => visible(shortened(note, 40)) },
    {
      title: 'Outcome',
      cell: ({ outcome }) => <Badge tone={outcome === 'failed' ? 'bad' : 'good'}>{outcome}</Badge>,
    },
    { title: 'Result', wide: true, cell: ({ result }) => <Name text={result} most={28} /> },
    { title: 'Ended', align: 'end', cell: ({ at }) => <Ago at={at} /> },
  ];
}

function Filters({ wanted, known }: { readonly wanted: Wanted; readonly known: readonly AuditRecord[] }) {
  const { who, verb, last } = wanted;
  const names = [...new Set(known.map((action) => action.who))].sort();
  return (
    <search class="filters">
      <label>
        <span>Who</span>
        <input
          type="search"
          value={who}
          list="audit-names"
          placeholder="a token, or user@host"
          spellcheck={false}
          onChange={({ currentTarget }) => filter({ who: currentTarget.value.trim() })}
        />
        <datalist id="audit-names">
          {names.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </label>
      <Choose label="Did" value={verb} choices={DEEDS} change={(to) => filter({ verb: to })} />
      <Choose label="In" value={last} choices={SPANS} change={(to) => filter({ last: to })} />
    </search>
  );
}

function None({ any }: { readonly any: boolean }) {
  if (any) {
    return (
      <Empty title="Nobody did such a thing, as far as it is remembered.">
        <button type="button" onClick={() => filter({ who: '', verb: '', last: '' })}>
          Show all
        </button>
      </Empty>
    );
  }
  return (
    <Empty title="Nobody changed anything that is remembered.">
      <p>
        Whatever warms, stops, invalidates, pauses or removes something is put on record here as it ends.{' '}
        <code>jobs.history</code> says for how long.
      </p>
    </Empty>
  );
}
