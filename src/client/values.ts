/** Values out of bodies, made so that many readers may have them. */
import { valueFrom } from '../core/body.ts';
import type { BodyFormat } from '../core/entry.ts';

/** A value that was read out of a body. */
export interface ReadValue {
  readonly value: unknown;
  /** Undefined where all readers share the value, which is frozen all the way down. Else it makes one for each. */
  readonly copy: (() => unknown) | undefined;
}

/** Throws `E_BODY_INVALID`. */
export function readValue(format: BodyFormat, body: Uint8Array): ReadValue {
  const value = valueFrom(format, body);
  // Bytes, and what else cannot be frozen, is made anew for each reader.
  if (format === 'raw') return { value, copy: () => new Uint8Array(body) };
  if (format !== 'float32' && frozen(value)) return { value, copy: undefined };
  return { value, copy: () => valueFrom(format, body) };
}

/** What was parsed takes about so many times the bytes of its body. */
const PARSED_FACTOR = 3;

/** What a value that is kept costs beside its body, in bytes, as an estimate. */
export function weightOf(format: BodyFormat, body: Uint8Array): number {
  return format === 'raw' ? 0 : body.byteLength * PARSED_FACTOR;
}

/** Freezes lists and plain objects all the way down. False where there is something else inside, such as a date or bytes. */
function frozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i += 1) if (!frozen(value[i])) return false;
  } else {
    const kind: unknown = Object.getPrototypeOf(value);
    if (kind !== Object.prototype && kind !== null) return false;
    // Plain: nothing is inherited. This is done for each value that is read.
    for (const name in value) if (!frozen(value[name as keyof typeof value])) return false;
  }
  Object.freeze(value);
  return true;
}
