/** Bodies decoded to values that many readers can share. */
import { valueFrom } from '../core/body.ts';
import type { BodyFormat } from '../core/entry.ts';
import { ForewarmError } from '../core/errors.ts';
import { TOO_DEEP } from '../core/nesting.ts';

export interface DecodedBody {
  readonly value: unknown;
  /** Makes a value for one reader. Undefined where all readers share the value, which is then deeply frozen. */
  readonly copy: (() => unknown) | undefined;
}

/** Throws `E_BODY_INVALID`. */
export function decodeBody(format: BodyFormat, body: Uint8Array): DecodedBody {
  const value = valueFrom(format, body);
  // Bytes, and whatever else cannot be frozen, are decoded again for each reader.
  if (format === 'raw') return { value, copy: () => new Uint8Array(body) };
  if (format !== 'float32' && isFrozen(value)) return { value, copy: undefined };
  return { value, copy: () => valueFrom(format, body) };
}

/** JSON is parsed at any depth; to freeze what is far beyond the bound of bodies takes more stack than there is. */
function isFrozen(value: unknown): boolean {
  try {
    return frozen(value);
  } catch (cause) {
    throw new ForewarmError('E_BODY_INVALID', TOO_DEEP, { cause });
  }
}

/** A parsed value takes about this many times the bytes of its body: an estimate. */
const PARSED_FACTOR = 3;

/** The estimated bytes that a decoded value takes beside its body. */
export function weightOf(format: BodyFormat, body: Uint8Array): number {
  return format === 'raw' ? 0 : body.byteLength * PARSED_FACTOR;
}

/** Deeply freezes lists and plain objects. Returns false if there is something else inside, such as a date or bytes. */
function frozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i += 1) if (!frozen(value[i])) return false;
  } else {
    const kind: unknown = Object.getPrototypeOf(value);
    if (kind !== Object.prototype && kind !== null) return false;
    // Plain objects inherit nothing, so `for in` is safe, and faster than `Object.keys` on this hot path.
    for (const name in value) if (!frozen(value[name as keyof typeof value])) return false;
  }
  Object.freeze(value);
  return true;
}
