/** The filters of the list of runs, which the address has. */
import { anyOr, type Choice, Choose } from '../../parts/choose.tsx';
import { filter } from '../../router.ts';
import { CAUSES, LAST, STATES, type Wanted } from './runs-wanted.ts';

const words = (choices: Readonly<Record<string, { readonly words: string }>>) =>
  Object.entries(choices).map(([value, choice]): Choice => [value, choice.words]);

const STATE_CHOICES = anyOr('all', words(STATES));
const CAUSE_CHOICES = anyOr('anything', Object.entries(CAUSES));
const LAST_CHOICES = anyOr('at any time', words(LAST));

export function Filters({ wanted }: { readonly wanted: Wanted }) {
  const { search, state, cause, schedule, source, last } = wanted;
  return (
    <search class="filters">
      <label>
        <span>Search</span>
        <input
          type="search"
          value={search}
          placeholder="schedule, selector, id"
          onInput={({ currentTarget }) => filter({ search: currentTarget.value })}
        />
      </label>
      <Choose label="State" value={state} choices={STATE_CHOICES} change={(to) => filter({ state: to })} />
      <Choose label="Made by" value={cause} choices={CAUSE_CHOICES} change={(to) => filter({ cause: to })} />
      <Choose label="Begun" value={last} choices={LAST_CHOICES} change={(to) => filter({ last: to })} />
      <Exact label="Schedule" value={schedule} change={(to) => filter({ schedule: to })} />
      <Exact label="Source" value={source} change={(to) => filter({ source: to })} />
    </search>
  );
}

/** A whole name, which is asked for once it was entered. */
function Exact(props: {
  readonly label: string;
  readonly value: string;
  readonly change: (to: string) => void;
}) {
  const { label, value, change } = props;
  return (
    <label>
      <span>{label}</span>
      <input
        value={value}
        placeholder="its name"
        spellcheck={false}
        onChange={({ currentTarget }) => change(currentTarget.value.trim())}
      />
    </label>
  );
}
