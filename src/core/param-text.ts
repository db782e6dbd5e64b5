/** The text of a param, out of what programs, rows and requests give: as it is, or not at all. */
import { halfPairIn } from './text.ts';

/**
 * Text as it is; numbers, booleans and BigInts as text; nothing as "". Throws an `Error` that says what is wrong with anything else,
 * with a number that may have lost digits before it came here, and with half of a surrogate pair, which keys cannot tell from another.
 */
export function paramText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return wholeText(value);
    case 'number':
      return exactNumber(value);
    case 'boolean':
    case 'bigint':
      return String(value);
    default:
      if (value === null || value === undefined) return '';
      throw new Error('is not text, a number or a boolean');
  }
}

export function wholeText(text: string): string {
  const half = halfPairIn(text);
  if (half === undefined) return text;
  throw new Error(
    `holds ${half}, half of a surrogate pair, which is no character; it may have been cut off there`,
  );
}

function exactNumber(value: number): string {
  if (Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value)))
    return String(value);
  const lost = Number.isFinite(value) ? ' (it has lost digits where it is longer than 15 of them)' : '';
  throw new Error(`is ${value}, which is not an exact number${lost}; write it as text`);
}
