import { ForewarmError } from '../core/errors.ts';
import { selectorText } from './command.ts';

/** Everything, in a form that cannot be a forgotten selector. */
const EVERYTHING = 'temperature=hot,warm,cold';

/** The selector of a verb that removes something. An empty one needs `--all`, so that it is meant. Throws when neither or both are given. */
export function selectorOrAll(terms: readonly string[], all: boolean | undefined): string {
  const selector = selectorText(terms);
  if (selector !== '' && all === true) {
    throw new ForewarmError('E_REQUEST_INVALID', `"${selector}" and --all contradict each other; give one`);
  }
  if (selector === '' && all !== true) {
    throw new ForewarmError('E_SELECTOR_INVALID', 'the empty selector is everything: say --all to mean it');
  }
  return selector === '' ? EVERYTHING : selector;
}
