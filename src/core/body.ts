/** Bodies and the values they represent: writing and reading, one pair of functions for each format. */
import { Packr } from 'msgpackr';
import type { BodyFormat } from './entry.ts';
import { ForewarmError, messageOf } from './errors.ts';
import { isJsonTooDeep, isPackedTooDeep, TOO_DEEP } from './nesting.ts';
import { changeIn, HALF_A_PAIR, type Notation } from './unwritable.ts';

interface Serialiser {
  readonly name: string;
  write(value: unknown): Uint8Array;
  read(body: Uint8Array): unknown;
}

/**
 * Plain MessagePack, without msgpackr's own extension for records, so that any language reads it. Its extension for references is not
 * read either: with it a value of 400 bytes holds the same list a million times, or itself.
 */
const packr = new Packr({ useRecords: false, structuredClone: false });

const SERIALISERS: Readonly<Record<BodyFormat, Serialiser>> = {
  json: { name: 'JSON', write: jsonOf, read: (body) => JSON.parse(asBuffer(body).toString('utf8')) },
  msgpack: { name: 'MessagePack', write: packed, read: unpacked },
  raw: { name: 'bytes', write: bytesOf, read: (body) => body },
  float32: { name: 'a float32 vector', write: floatsOf, read: vectorOf },
};

/**
 * The body that represents a value. `json` takes what JSON can hold, `msgpack` what MessagePack can, `raw` bytes or
 * text (as UTF-8), `float32` a list or typed array of finite numbers (four bytes each, little-endian). Throws
 * `E_BODY_INVALID`, also for what would come back as another value (`unwritable.ts`), which is named by its path in `what`.
 */
export function bodyOf(format: BodyFormat, value: unknown, what = 'the value'): Uint8Array {
  const { name, write } = SERIALISERS[format];
  try {
    return write(value);
  } catch (cause) {
    throw invalid(`${what} cannot be written as ${name}: ${briefly(cause)}`, cause);
  }
}

/**
 * The value that a body represents: what was parsed, the same bytes for `raw`, or a `Float32Array` with memory of its own. Throws `E_BODY_INVALID`.
 */
export function valueFrom(format: BodyFormat, body: Uint8Array): unknown {
  const { name, read } = SERIALISERS[format];
  try {
    return read(body);
  } catch (cause) {
    throw invalid(`the body is not ${name}: ${briefly(cause)}`, cause);
  }
}

function jsonOf(value: unknown): Uint8Array {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`JSON cannot express a value of type ${typeof value}`);
  const body = Buffer.from(text);
  if (isJsonTooDeep(body)) throw new RangeError(TOO_DEEP);
  refuseChange('json', value);
  return body;
}

/** After writing, which ends where a value holds itself. */
function refuseChange(notation: Notation, value: unknown): void {
  const change = changeIn(notation, value);
  if (change !== undefined) throw new TypeError(`${change}, and would come back as something else`);
}

function packed(value: unknown): Uint8Array {
  if (value === undefined || typeof value === 'function') {
    throw new TypeError(`MessagePack cannot express a value of type ${typeof value}`);
  }
  const body = packr.pack(value);
  if (isPackedTooDeep(body, value)) throw new RangeError(TOO_DEEP);
  refuseChange('msgpack', value);
  // Readers of ours, to be safe, give a member of this name another one: it would not come back as it went.
  if (body.includes(PROTO) && hasProtoMember(value)) throw new TypeError(`a member is called "${PROTO}"`);
  return body;
}

const PROTO = '__proto__';

function hasProtoMember(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, PROTO) || Object.values(value).some(hasProtoMember);
}

function unpacked(body: Uint8Array): unknown {
  try {
    return packr.unpack(body);
  } catch (error) {
    // Its message quotes everything it has read, which does not belong in a log.
    throw messageOf(error).startsWith('Data read') ? new RangeError('bytes are left over at its end') : error;
  }
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') {
    if (value.isWellFormed()) return Buffer.from(value);
    throw new TypeError(`it is ${HALF_A_PAIR}, which UTF-8 does not have`);
  }
  throw new TypeError(`a value of type ${typeof value} is neither bytes nor text`);
}

const FLOAT_BYTES = 4;
const LITTLE_ENDIAN = new Uint8Array(Float32Array.of(1).buffer)[0] === 0;

function floatsOf(value: unknown): Uint8Array {
  if (!Array.isArray(value) && !(value instanceof Float32Array) && !(value instanceof Float64Array)) {
    throw new TypeError('it is not a list of numbers');
  }
  const floats = Float32Array.from(value, (item: unknown, i) => {
    if (typeof item === 'number' && Number.isFinite(Math.fround(item))) return item;
    throw new TypeError(`item ${i} is ${String(item)}, not a finite number of four bytes`);
  });
  return swappedWhereNeeded(asBuffer(new Uint8Array(floats.buffer)));
}

/** Always a copy: a body may begin at any byte of a larger buffer, and callers must not be able to write into a cache. */
function vectorOf(body: Uint8Array): Float32Array {
  if (body.byteLength % FLOAT_BYTES !== 0) {
    throw new RangeError(`${body.byteLength} bytes are not a multiple of ${FLOAT_BYTES}`);
  }
  const own = new Uint8Array(body);
  swappedWhereNeeded(asBuffer(own));
  return new Float32Array(own.buffer);
}

function swappedWhereNeeded(bytes: Buffer): Buffer {
  return LITTLE_ENDIAN ? bytes : bytes.swap32();
}

/** The same bytes, not a copy. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The first line: some messages illustrate it below. The stack ends where something is nested without end. */
function briefly(cause: unknown): string {
  if (cause instanceof RangeError && cause.message.startsWith('Maximum call stack')) return TOO_DEEP;
  return messageOf(cause).replace(/\n.*/s, '');
}

function invalid(message: string, cause: unknown): ForewarmError {
  return new ForewarmError('E_BODY_INVALID', message, { cause });
}
