import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { anyOr, type Choice, Choose } from '../../parts/choose.tsx';
import { filter, param } from '../../router.ts';
import type { Filter } from './key-pages.ts';
import { selectorOf, shownValue, type TermHead, termOf, withTerm, writtenValue } from './selector-text.ts';

const TEMPERATURES: readonly Choice[] = [
  ['hot', 'hot'],
  ['warm', 'warm'],
  ['cold', 'cold'],
];
const AGES: readonly Choice[] = ['>1m', '>10m', '>1h', '>6h', '>1d', '>7d', '<1m', '<10m', '<1h', '<1d'].map(
  (age) => [age, `${age.startsWith('>') ? 'older' : 'younger'} than ${age.slice(1)}`],
);
const STATES: readonly Choice[] = [
  ['warm', 'warm: fresh or due'],
  ['fresh', 'fresh'],
  ['due', 'due'],
  ['stale', 'stale'],
  ['missing', 'missing'],
];
const SIZES: readonly Choice[] = [
  ['1000', '1 KB'],
  ['10000', '10 KB'],
  ['100000', '100 KB'],
  ['1000000', '1 MB'],
  ['10000000', '10 MB'],
];

/** Fields that write the selector, and those that say which of its keys are listed. */
export function Builder(props: {
  readonly typed: string;
  readonly list: Filter;
  readonly sources: readonly string[];
  readonly tiers: readonly string[];
}) {
  const { typed, list, sources, tiers } = props;
  const text = selectorOf(typed);
  const write = (head: TermHead) => (value: string) => filter({ selector: withTerm(text, head, value) });
  const isOpen = useOpen(list.state !== '' || list.minBytes !== '' || text !== '');
  return (
    <details class="builder" open={isOpen}>
      <summary>Build a selector</summary>
      <div class="builder-fields">
        <Choose
          class="field"
          label="Source"
          value={termOf(text, 'source=')}
          choices={anyOr(
            'any source',
            sources.map((name) => [name, name]),
          )}
          change={write('source=')}
        />
        <Choose
          class="field"
          label="Temperature"
          value={termOf(text, 'temperature=')}
          choices={anyOr('any', TEMPERATURES)}
          change={write('temperature=')}
        />
        <Age text={text} />
        <Words label="Entity set" text={text} head="entities=" change={write('entities=')} />
        <Words label="Tag" text={text} head="tag=" change={write('tag=')} />
        <Listed list={list} tiers={tiers} />
      </div>
    </details>
  );
}

/** Where there is room for them, the fields are always there. Elsewhere they are opened: by hand, or by an address that has something for them. */
function useOpen(hasContent: boolean): boolean {
  const wide = matchMedia('(min-width: 861px)');
  const isOpen = useSignal(hasContent || wide.matches);
  useEffect(() => {
    const look = () => {
      if (wide.matches) isOpen.value = true;
    };
    look();
    wide.addEventListener('change', look);
    return () => wide.removeEventListener('change', look);
  }, []);
  return isOpen.value;
}

/** These do not belong to the selector: actions concern all that it selects. */
function Listed({ list, tiers }: { readonly list: Filter; readonly tiers: readonly string[] }) {
  return (
    <>
      <Choose
        class="field"
        label="Listed"
        value={list.state}
        choices={anyOr('any state', STATES)}
        change={(state) => filter({ state, tier: state === '' ? '' : param('tier') })}
      />
      <Choose
        class="field"
        label="State in"
        value={list.tier}
        choices={anyOr(
          'any tier',
          tiers.map((name) => [name, name]),
        )}
        change={(tier) => filter({ tier })}
        disabled={list.state === ''}
      />
      <Choose
        class="field"
        label="At least"
        value={list.minBytes}
        choices={anyOr('any size', SIZES)}
        change={(minBytes) => filter({ minBytes })}
      />
    </>
  );
}

function Age({ text }: { readonly text: string }) {
  const older = termOf(text, 'age>');
  const younger = termOf(text, 'age<');
  const value = older !== '' ? `>${older}` : younger === '' ? '' : `<${younger}`;
  const change = (age: string) => {
    const rest = withTerm(withTerm(text, 'age>', ''), 'age<', '');
    filter({
      selector: age === '' ? rest : withTerm(rest, age.startsWith('>') ? 'age>' : 'age<', age.slice(1)),
    });
  };
  return <Choose class="field" label="Age" value={value} choices={anyOr('any', AGES)} change={change} />;
}

/** Done with Enter, or by leaving the field: half a name is none. */
function Words(props: {
  readonly label: string;
  readonly text: string;
  readonly head: TermHead;
  readonly change: (written: string) => void;
}) {
  const { label, text, head, change } = props;
  return (
    <label class="field">
      <span class="muted">{label}</span>
      <input
        type="text"
        value={shownValue(text, head)}
        placeholder="any"
        spellcheck={false}
        autocomplete="off"
        onChange={({ currentTarget }) => change(writtenValue(currentTarget.value))}
      />
    </label>
  );
}
