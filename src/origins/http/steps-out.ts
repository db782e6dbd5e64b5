import { percentDecoded } from '../../core/text.ts';

/**
 * Whether a path, or a value that stands in one, leads out of it: `..`, `../x`, `a/../../x`, and what a server or a proxy may take
 * for that: encoded once or more often, with a backslash, or in the spellings that Unicode and broken UTF-8 have for dots and slashes.
 */

/** What decoders of percent signs make of these, good ones and careless ones. */
const DECODED: ReadonlyMap<string, string> = new Map([
  ['%2e', '.'],
  ['%2f', '/'],
  ['%5c', '\\'],
  ['%25', '%'],
  ['%00', ''],
  ['%c0%ae', '.'],
  ['%c0%af', '/'],
]);
const ENCODED = /%(?:2e|2f|5c|25|00|c0%a[ef])/gi;
/** Decoded that often by servers behind one another; more changes nothing that anybody would take for a path. */
const MOST_DECODINGS = 5;

export function stepsOut(path: string): boolean {
  if (/^[\w/-]*$/.test(path)) return false;
  let text = percentDecoded(path).normalize('NFKC');
  for (let i = 0; i < MOST_DECODINGS && text.includes('%'); i += 1) {
    const next = text.replace(ENCODED, (found) => DECODED.get(found.toLowerCase()) ?? found);
    if (next === text) break;
    text = next;
  }
  return text.includes('.') && text.split(/[/\\]/).some((segment) => STEP.test(segment));
}

/** A path parameter (`..;x`) hides a step from a proxy, and not from the server behind it. */
const STEP = /^[\s\p{C}]*\.{1,2}[\s\p{C}]*(?:;.*)?$/su;
