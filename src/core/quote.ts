import { hideSecrets } from './secrets.ts';

/** What stands in place of a secret. */
export const REDACTED = '[redacted]';

const LONGEST = 80;

/** A value as a message may show it; credentials in URLs are hidden. */
export function quote(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  if (typeof value !== 'string') return String(value ?? 'nothing');
  const shown = withoutQuery(hideSecrets(value)).replace(/\s+/g, ' ');
  return `"${shown.length <= LONGEST ? shown : `${shown.slice(0, LONGEST)}…`}"`;
}

/** The query of a URL may be a credential, whatever its names are. */
function withoutQuery(text: string): string {
  return text.replace(/(:\/\/[^\s?]*)\?\S+/g, `$1?${REDACTED}`);
}
