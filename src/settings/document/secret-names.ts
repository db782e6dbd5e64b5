/** Names beside secrets: name and value are easily written the wrong way round, and names are shown. */
import { REDACTED } from '../../core/secrets.ts';
import type { Shape } from '../shape/shape.ts';

/** A member's name for people, of a map with this shape. */
export function shownName(map: Shape | undefined, name: string): string {
  const isOfSecrets = map?.kind === 'record' && map.item.kind === 'leaf' && map.item.secret;
  return isOfSecrets && !isPlain(name) ? REDACTED : name;
}

/** Words of a language, each perhaps with a number behind it, as people make names of them. */
function isPlain(name: string): boolean {
  return name.split(/[-_.]/).every((word) => /^[a-z]{0,20}\d{0,4}$/i.test(word));
}
