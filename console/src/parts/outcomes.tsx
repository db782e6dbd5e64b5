/** The outcomes of a run as a bar, and as numbers that add up to its manifest. */
import type { Counts } from '../../../src/api-client/client.ts';
import { exact, percent } from '../format/numbers.ts';

export type Outcome = keyof Counts;

/** In the order of the bar: what is warm, what has no value, what did not go well, what was not done. */
const OUTCOMES: readonly (readonly [Outcome, string])[] = [
  ['warmed', 'got a new value'],
  ['unchanged', 'the origin said: as before'],
  ['already-warm', 'needed no call'],
  ['absent', 'the origin has no such value'],
  ['refused', 'a guard refused what came'],
  ['failed', 'every attempt failed'],
  ['excluded', 'left out, as keys in quarantine are'],
  ['cancelled', 'not done any more'],
];

interface Part {
  readonly name: string;
  readonly meaning: string;
  readonly keys: number;
}

export interface OutcomesOf {
  readonly counts: Counts;
  readonly pending: number;
  readonly total: number;
}

function partsOf({ counts, pending }: OutcomesOf): Part[] {
  const ended = OUTCOMES.map(([name, meaning]) => ({ name, meaning, keys: counts[name] }));
  return [...ended, { name: 'pending', meaning: 'without an outcome yet', keys: pending }].filter(
    ({ keys }) => keys > 0,
  );
}

export function OutcomeBar({ of }: { readonly of: OutcomesOf }) {
  const parts = partsOf(of);
  const said = parts.map(({ name, keys }) => `${name} ${exact(keys)}`).join(', ');
  return (
    <div class="bar" role="img" aria-label={said || 'no keys yet'} title={said}>
      {parts.map(({ name, keys }) => (
        <span key={name} class={`part ${name}`} style={{ flexGrow: keys }} />
      ))}
    </div>
  );
}

export function OutcomeLegend({ of }: { readonly of: OutcomesOf }) {
  return (
    <ul class="legend">
      {partsOf(of).map(({ name, meaning, keys }) => (
        <li key={name}>
          <span class={`swatch ${name}`} aria-hidden="true" />
          <strong>{exact(keys)}</strong> {name}
          <span class="muted">
            {' '}
            {percent(of.total === 0 ? null : keys / of.total)}, {meaning}
          </span>
        </li>
      ))}
    </ul>
  );
}
