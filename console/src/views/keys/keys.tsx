/** The keys: find them, see how fresh they are, and warm or invalidate what a selector selects. */
import { useRef } from 'preact/hooks';
import type { KeyCount } from '../../../../src/api-client/client.ts';
import { Head } from '../../parts/layout.tsx';
import { Loaded } from '../../parts/states.tsx';
import { useQuery } from '../../query.ts';
import { filter, param } from '../../router.ts';
import { Builder } from './builder.tsx';
import { Count } from './count.tsx';
import { type Filter, type KeyPage, type KeyPages, useKeyPages } from './key-pages.ts';
import { KeyTable } from './key-table.tsx';
import './keys.css';
import { useSettled } from '../../settled.ts';
import { SelectionActions } from './selection-actions.tsx';
import { selectorOf } from './selector-text.ts';

export default function Keys() {
  const typed = param('selector') ?? '';
  const selector = useSettled(selectorOf(typed));
  const list: Filter = {
    selector,
    state: param('state') ?? '',
    tier: param('tier') ?? '',
    minBytes: param('minBytes') ?? '',
  };
  const overview = useQuery('overview', [], (api, signal) => api.readOverview({}, { signal }));
  const count = useQuery(`count ${selector}`, ['keys'], (api, signal) =>
    api.countKeys({ selector }, { signal }),
  );
  const pages = useKeyPages(list);
  return (
    <>
      <Head title="Keys">
        <p class="muted">Every value has a key, from its source and what it was asked for.</p>
      </Head>
      <Search typed={typed} />
      <Builder
        typed={typed}
        list={list}
        sources={overview.data?.sources.map(({ source }) => source) ?? []}
        tiers={overview.data?.tiers ?? []}
      />
      <SelectionActions selector={selector} whatever={list.state !== '' || list.minBytes !== ''}>
        <Count query={count} />
      </SelectionActions>
      {count.error?.code !== 'E_SELECTOR_INVALID' && (
        <List pages={pages} filter={list} total={totalOf(list, count.data)} />
      )}
    </>
  );
}

function Search({ typed }: { readonly typed: string }) {
  return (
    <search class="selector">
      <input
        type="search"
        value={typed}
        aria-label="Search keys, or write a selector"
        placeholder="profile:35620, or source=profile age>1h"
        spellcheck={false}
        autocomplete="off"
        onInput={({ currentTarget }) => filter({ selector: currentTarget.value })}
      />
    </search>
  );
}

/** Where nothing narrows what is selected, and all of it was counted. */
function totalOf({ state, minBytes }: Filter, count: KeyCount | undefined): number | undefined {
  return state + minBytes === '' && count?.exactness === 'exact' ? count.keys : undefined;
}

/** While other keys are looked for, the former ones stay, and are seen to be former ones. */
function List(props: {
  readonly pages: KeyPages;
  readonly filter: Filter;
  readonly total: number | undefined;
}) {
  const { pages, filter: asked, total } = props;
  const { query, known } = pages;
  const former = useRef<KeyPage>(undefined);
  if (known !== undefined) former.current = known;
  const shown = known ?? (query.error === undefined ? former.current : undefined);
  return (
    <div class={known === undefined && shown !== undefined ? 'key-list former' : 'key-list'}>
      <Loaded query={{ ...query, data: shown }} lines={14}>
        {(page) => <KeyTable pages={pages} page={page} filter={asked} total={total} />}
      </Loaded>
    </div>
  );
}
