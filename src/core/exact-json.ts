/**
 * JSON whose numbers keep every digit. `JSON.parse` rounds what a double cannot hold: `9007199254740993` becomes `…992`, an id of
 * another row. Here such a number stays the text it was written as, and `JSON.stringify` writes that text again. An engine that gives
 * a reviver no source text (Node before 21, older browsers: the client of the API runs there too) gives doubles.
 */

/** What `JSON.rawJSON` makes (https://tc39.es/proposal-json-parse-with-source/). TypeScript does not know it yet. */
interface RawJson {
  readonly rawJSON: string;
}
interface SourceAware {
  parse(
    text: string,
    reviver: (name: string, value: unknown, context?: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): RawJson;
  isRawJSON(value: unknown): value is RawJson;
}
// Checked above against the proposal, which V8 has implemented since 11.4.
const exact = JSON as unknown as SourceAware;

/** A number that may have to be kept as text: of 16 digits or more, or with an exponent. In a string it costs time and nothing else. */
const SUSPECT = /(?:^|[[:,])\s*-?[\d.]{16}|[\d.][eE][+-]?\d/;
/** Every number of at most this many digits survives being a double (IEEE 754: 15 significant digits). */
const SAFE_LENGTH = 15;

/** The value of a JSON text. Throws `SyntaxError`, and `RangeError` for what is nested too deep. */
export function parseExactly(text: string): unknown {
  if (!SUSPECT.test(text)) return JSON.parse(text);
  return exact.parse(text, (_, value, context) => {
    const source = context?.source;
    const isKept = typeof value === 'number' && source !== undefined && isRounded(value, source);
    return isKept ? exact.rawJSON(source) : value;
  });
}

function isRounded(value: number, source: string): boolean {
  if (!Number.isFinite(value)) return true;
  if (value === 0) return /[1-9]/.test(source.replace(/e.*/i, ''));
  return source.length > SAFE_LENGTH && String(value) !== source;
}

/** The text of a string, a number or a number that is kept as text; undefined of anything else. */
export function textOfScalar(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return exact.isRawJSON(value) ? value.rawJSON : undefined;
}

/**
 * The same value for formats other than JSON: a long whole number as a BigInt of 64 bits, any other as the nearest double. Throws
 * `RangeError` where neither holds it.
 */
export function withoutText(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (exact.isRawJSON(value)) return numberOf(value.rawJSON);
  if (Array.isArray(value)) return value.map(withoutText);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withoutText(member)]));
}

function numberOf(source: string): number | bigint {
  const number = Number(source);
  if (!/^-?\d+$/.test(source)) {
    if (Number.isFinite(number)) return number;
    throw new RangeError(`the number ${source.slice(0, 40)} is too large`);
  }
  // Hundreds of digits would take long to read, and fit nowhere.
  const whole = source.length <= 20 ? BigInt(source) : undefined;
  if (whole !== undefined && whole >= -(2n ** 63n) && whole < 2n ** 64n) return whole;
  throw new RangeError(`the number ${source.slice(0, 40)} has more than 64 bits`);
}
