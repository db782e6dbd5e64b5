import { VERSION } from '../../core/version.ts';

/** Who is calling: some APIs answer nobody who does not say so. */
const USER_AGENT = `forewarm/${VERSION}`;

/**
 * The headers of a call, names and values in turn; the later record wins. Bodies are asked for as they are: what is stored must not
 * depend on a transfer coding.
 */
export function sentHeaders(
  accept: string,
  ...records: readonly Readonly<Record<string, string>>[]
): string[] {
  const merged = new Map([
    ['accept', accept],
    ['user-agent', USER_AGENT],
  ]);
  for (const record of records) {
    for (const [name, value] of Object.entries(record)) merged.set(name.toLowerCase(), value);
  }
  return [...merged, ['accept-encoding', 'identity']].flat();
}
