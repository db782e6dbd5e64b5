/** What is asked for by a name that nothing configured has. */
import { ForewarmError } from '../core/errors.ts';
import { nearestWord } from '../core/nearest.ts';

export function unknownName(thing: 'origin' | 'source', name: string, all: readonly string[]): ForewarmError {
  const near = nearestWord(name, all);
  const hint = near === undefined ? `there are ${namesOf(all)}` : `did you mean "${near}"?`;
  return new ForewarmError('E_NOT_FOUND', `no ${thing} is called "${name}"; ${hint}`, {
    details: { [thing]: name },
  });
}

/** Names that are listed. */
const LISTED = 10;

function namesOf(all: readonly string[]): string {
  const more = all.length - LISTED;
  return all.length === 0 ? 'none' : all.slice(0, LISTED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
