/**
 * MessagePack that is read piece by piece, so that a body of many megabytes holds nobody up: the library cannot stop halfway.
 *
 * How it works: a reading stands in a list or a map (`msgpack-levels.ts`), and takes value after value. All of them are checked as the
 * library checks them; lists, maps and texts that nobody wants are gone through without being made.
 */
import { StringDecoder } from 'node:string_decoder';
import { valueFrom } from '../core/body.ts';
import { count, counted } from '../core/counted.ts';
import { isPackedTooDeep, MOST_LEVELS, TOO_DEEP } from '../core/nesting.ts';
import type { Breath } from './breath.ts';
import { type PackedLevel, PackedMap, packedList, packedRecord, RecordNames } from './msgpack-levels.ts';
import { type Sized, wordOf } from './msgpack-words.ts';
import type { Wanted } from './wanted.ts';

export interface PackedOptions {
  readonly breath: Breath;
  /** What is kept of a large body. Default: all of it. */
  readonly wanted?: Wanted;
  /** The most members of one map, where all of it is kept. Default: any number. */
  readonly mostMembers?: number;
}

/** Shorter bodies are read at once, by the library. */
const AT_ONCE = 16_384;
/** Bytes between two looks at the time. */
const STRIDE = 65_536;
/** How many bytes of a text take as long as a value does. */
const EACH = 16;
/** Bytes of a text, or of an extension, that are read together at most. */
const TOGETHER = 65_536;

/** Extensions that the library has of its own, and that concern nothing but their own bytes: undefined, BigInt, typed array, time. */
const ALONE: ReadonlySet<number> = new Set([0x00, 0x42, 0x74, 0xff]);
/** Of the library, too: the names of the members of records. */
const RECORD = 0x72;

/**
 * The value of a body of MessagePack. Rejects with `E_BODY_INVALID` or `SyntaxError` for what is none, and with `RangeError` for what is
 * nested too deep, has too many members, or an extension that is read in short bodies only.
 */
export async function unpackInSlices(body: Uint8Array, options: PackedOptions): Promise<unknown> {
  if (body.byteLength <= AT_ONCE) {
    const value = valueFrom('msgpack', body);
    if (isPackedTooDeep(body, value)) throw new RangeError(TOO_DEEP);
    return value;
  }
  const { breath } = options;
  await breath.take();
  const reading = new Reading(body, options);
  while (!reading.read(STRIDE)) if (breath.isDue) await breath.take();
  return reading.value;
}

/** A text of which a part has been read. */
interface LongText {
  readonly decoder: StringDecoder;
  readonly parts: string[];
  readonly end: number;
}

class Reading {
  value: unknown;
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #wanted: Wanted;
  readonly #mostMembers: number;
  readonly #open: PackedLevel[] = [];
  /** The names of the members of records, by the numbers that the body gives them. */
  readonly #records = new Map<number, readonly string[]>();
  #text: LongText | undefined;
  #at = 0;
  /** Where what is read now began. */
  #began = 0;

  constructor(body: Uint8Array, { wanted = 'all', mostMembers = Infinity }: PackedOptions) {
    this.#bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    this.#view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    this.#wanted = wanted;
    this.#mostMembers = mostMembers;
  }

  /** Goes on by about so many bytes. True once the whole body is read. */
  read(bytes: number): boolean {
    for (let left = bytes; left > 0; ) {
      const from = this.#at;
      if (this.#step()) return true;
      left -= EACH + Math.min(this.#at - from, TOGETHER);
    }
    return false;
  }

  /** Reads a value, a name, a part of a text, or the beginning of a list or a map. True at the end. */
  #step(): boolean {
    if (this.#text !== undefined) return this.#goOnWithText(this.#text);
    this.#began = this.#at;
    const first = this.#bytes[this.#take(1)] ?? 0;
    if (first < 0x80) return this.#small(first);
    if (first < 0x90) return this.#enterMap(first - 0x80);
    if (first < 0xa0) return this.#enterList(first - 0x90);
    if (first < 0xc0) return this.#enterText(first - 0xa0);
    if (first >= 0xe0) return this.#put(first - 0x100);
    const word = wordOf(first);
    if (word === undefined) throw new SyntaxError(`a byte that is never used stands ${this.#place()}`);
    if (word.what === 'scalar') return this.#put(word.read(this.#view, this.#take(word.bytes)));
    return this.#sized(word.what, word.length ?? this.#length(word.bytes));
  }

  #small(first: number): boolean {
    const names = first < 0x40 ? undefined : this.#records.get(first - 0x40);
    return names === undefined ? this.#put(first) : this.#enterRecord(names);
  }

  #length(bytes: number): number {
    return this.#bytes.readUIntBE(this.#take(bytes), bytes);
  }

  #sized(what: Sized, length: number): boolean {
    if (what === 'text') return this.#enterText(length);
    if (what === 'extension') return this.#extension(length);
    if (what === 'list') return this.#enterList(length);
    if (what === 'map') return this.#enterMap(length);
    const from = this.#take(length);
    return this.#put(this.#bytes.subarray(from, from + length));
  }

  #extension(length: number): boolean {
    const type = this.#bytes[this.#take(1)] ?? 0;
    const from = this.#take(length);
    const data = this.#bytes.subarray(from, from + length);
    if (type === RECORD && length === 1) return this.#defineRecord((data[0] ?? 0) & 0x3f);
    if (!ALONE.has(type) || length > TOGETHER) {
      const what = `an extension of type ${type} and ${counted(length, 'byte')}`;
      throw new RangeError(
        `${what}, ${this.#place()}, is read in bodies of up to ${count(AT_ONCE)} bytes only`,
      );
    }
    return this.#put(valueFrom('msgpack', Buffer.concat([headOf(type, length), data])));
  }

  /** A list of names follows, and then the members of the first record that has them. */
  #defineRecord(number: number): boolean {
    const first = this.#bytes[this.#take(1)] ?? 0;
    const word = wordOf(first);
    const isShort = first >= 0x90 && first < 0xa0;
    if (!isShort && word?.what !== 'list')
      throw new SyntaxError(`a record has no list of names ${this.#place()}`);
    const length = isShort || word === undefined ? first - 0x90 : this.#length(word.bytes);
    return this.#enter(new RecordNames(number, this.#checked(length)));
  }

  #enterText(length: number): boolean {
    const from = this.#take(length);
    if (!(this.#open.at(-1)?.keepsNext ?? true)) return this.#put('');
    if (length <= TOGETHER) return this.#put(this.#bytes.toString('utf8', from, from + length));
    this.#text = { decoder: new StringDecoder('utf8'), parts: [], end: from + length };
    this.#at = from;
    return false;
  }

  #goOnWithText({ decoder, parts, end }: LongText): boolean {
    const to = Math.min(this.#at + TOGETHER, end);
    parts.push(decoder.write(this.#bytes.subarray(this.#at, to)));
    this.#at = to;
    if (to < end) return false;
    this.#text = undefined;
    return this.#put(parts.join('') + decoder.end());
  }

  /** What is kept of the value that begins; undefined: nothing. */
  #wantedHere(): Wanted | undefined {
    const open = this.#open.at(-1);
    if (open?.isAtName === true) throw new SyntaxError(`a list or a map stands for a name ${this.#place()}`);
    if (this.#open.length === MOST_LEVELS) throw new RangeError(TOO_DEEP);
    return open === undefined ? this.#wanted : open.wantedNext;
  }

  #enterList(items: number): boolean {
    return this.#enter(packedList(this.#checked(items), this.#wantedHere()));
  }

  #enterMap(members: number): boolean {
    return this.#enter(new PackedMap(this.#checked(2 * members) / 2, this.#wantedHere(), this.#mostMembers));
  }

  #enterRecord(names: readonly string[]): boolean {
    return this.#enter(packedRecord(names, this.#wantedHere(), this.#mostMembers));
  }

  #enter(level: PackedLevel): boolean {
    this.#open.push(level);
    return this.#close();
  }

  /** Puts a value where it belongs, and closes what ends with it. */
  #put(value: unknown): boolean {
    const open = this.#open.at(-1);
    if (open === undefined) return this.#end(value);
    open.take(value);
    return open.left === 0 && this.#close();
  }

  #close(): boolean {
    const open = this.#open.at(-1);
    if (open === undefined || open.left > 0) return false;
    this.#open.pop();
    if (!(open instanceof RecordNames)) return this.#put(open.end());
    this.#records.set(open.number, open.names);
    return this.#enterRecord(open.names);
  }

  #end(value: unknown): boolean {
    if (this.#at < this.#bytes.length) throw new SyntaxError('bytes are left over at its end');
    this.value = value;
    return true;
  }

  /** A number of values: each has a byte at least. */
  #checked(values: number): number {
    if (values > this.#bytes.length - this.#at) throw new SyntaxError('it ends too early');
    return values;
  }

  #place(): string {
    return `at byte ${count(this.#began)}`;
  }

  /** Where so many bytes begin, behind which the reading goes on. */
  #take(bytes: number): number {
    const from = this.#at;
    this.#at = from + this.#checked(bytes);
    return from;
  }
}

/** What stands before the bytes of an extension. */
function headOf(type: number, length: number): Buffer {
  const head = Buffer.from([0xc9, 0, 0, 0, 0, type]);
  head.writeUInt32BE(length, 1);
  return head;
}
