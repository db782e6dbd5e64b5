/** How a value that is written piece by piece is written in a format: what stands around the pieces, and the pieces themselves. */
import { bodyOf } from '../core/body.ts';
import { withoutText } from '../core/exact-json.ts';
import { isJsonTooDeep, isPackedTooDeep } from '../core/nesting.ts';
import { HALF_A_PAIR } from '../core/unwritable.ts';

/** Lists, and objects of which each member is written. */
export type Container = readonly unknown[] | Readonly<Record<string, unknown>>;

export interface BodyNotation {
  /** As in messages. */
  readonly name: string;
  readonly separator: string;
  begin(value: Container): Uint8Array;
  end(value: Container): string;
  /** Members of a list or an object, without what stands around them; undefined where they are nested deeper than so many levels. */
  members(value: Container, mostLevels: number): Uint8Array | undefined;
  /** What stands before a member that is written by itself. */
  memberName(name: string): Uint8Array;
  beginText(text: string): Uint8Array;
  /** A part of a text that holds whole characters only. */
  text(part: string): Uint8Array;
  readonly endText: string;
}

/** In messages: which part it is, nobody knows. */
const PART = 'a part of the value';

export const JSON_NOTATION: BodyNotation = {
  name: 'JSON',
  separator: ',',
  begin: (value) => Buffer.from(Array.isArray(value) ? '[' : '{'),
  end: (value) => (Array.isArray(value) ? ']' : '}'),
  members: (value, mostLevels) => {
    const body = bodyOf('json', value, PART);
    return isJsonTooDeep(body, mostLevels) ? undefined : body.subarray(1, -1);
  },
  memberName: (name) => Buffer.from(`${JSON.stringify(name)}:`),
  beginText: () => Buffer.from('"'),
  text: (part) => Buffer.from(JSON.stringify(part).slice(1, -1)),
  endText: '"',
};

export const PACKED_NOTATION: BodyNotation = {
  name: 'MessagePack',
  separator: '',
  begin: headOf,
  end: () => '',
  members: (value, mostLevels) => {
    const plain = withoutText(value) as Container;
    const body = bodyOf('msgpack', plain, PART);
    return isPackedTooDeep(body, plain, mostLevels) ? undefined : body.subarray(headOf(value).length);
  },
  // The writer refuses the names that it cannot write.
  memberName: (name) => bodyOf('msgpack', { [name]: null }, PART).subarray(MAP_HEAD, -1),
  beginText: (text) => {
    if (!text.isWellFormed()) throw new TypeError(`a text in it is ${HALF_A_PAIR}`);
    const length = Buffer.byteLength(text);
    return length < 0x10000 ? head(0xda, length, 2) : head(0xdb, length, 4);
  },
  text: (part) => Buffer.from(part),
  endText: '',
};

/** Bytes before the members of any object: the library writes no shorter ones. */
const MAP_HEAD = 3;
const MOST_MEMBERS = 0xffff;
const SHORT_LIST = 16;

/** As the library writes it. */
function headOf(value: Container): Uint8Array {
  if (!Array.isArray(value)) {
    const members = Object.keys(value).length;
    if (members > MOST_MEMBERS) throw new RangeError(`an object in it has more than ${MOST_MEMBERS} members`);
    return head(0xde, members, 2);
  }
  if (value.length < SHORT_LIST) return Buffer.of(0x90 + value.length);
  return value.length <= 0xffff ? head(0xdc, value.length, 2) : head(0xdd, value.length, 4);
}

function head(first: number, length: number, bytes: number): Buffer {
  const written = Buffer.alloc(1 + bytes);
  written[0] = first;
  written.writeUIntBE(length, 1, bytes);
  return written;
}
