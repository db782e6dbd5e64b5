import { hideKnown } from '../../core/known-secrets.ts';
import { hideSecrets, REDACTED } from '../../core/secrets.ts';
import { endOfWhole } from '../../core/text.ts';

/** Of an attribute, in characters. */
const LONGEST = 1_000;
/** Of a text that secrets are looked for in: finding them takes time in proportion. */
const LOOKED_AT = 4_000;
/** What may be half of a secret where a text was cut, however it is spelt: half of one is not found. */
const UNSURE = 1_500;

/** A text as a span may hold it: without these secrets, and without what looks like one; cut. */
export function spanText(text: string, secrets: readonly string[]): string {
  const isCut = text.length > LOOKED_AT;
  const looked = isCut ? text.slice(0, endOfWhole(text, LOOKED_AT)) : text;
  const hidden = hideKnown(hideSecrets(looked), secrets);
  const sure = isCut ? Math.max(0, hidden.length - UNSURE) : hidden.length;
  const most = Math.min(LONGEST, sure);
  if (hidden.length <= most) return hidden;
  return most === 0 ? REDACTED : hidden.slice(0, endOfWhole(hidden, most));
}
