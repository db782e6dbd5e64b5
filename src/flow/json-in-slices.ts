/**
 * JSON that is read piece by piece, so that a text of many megabytes holds nobody up. `JSON.parse` reads a text in one go; a thread
 * of its own would not help, since copying what it has read takes as long as reading it.
 *
 * How it works: a reading stands in a list or an object, and looks how far whole items go within the next few thousand bytes
 * (`json-bytes.ts`). `JSON.parse` reads these together, which is nearly as fast as reading all at once. What is longer than that is
 * entered: a list or an object becomes one that the reading stands in, a string is read part by part. Where something is wrong, value
 * by value is read, to say where it is.
 */
import { count } from '../core/counted.ts';
import { doubledError, doubledMember, refuseDoubled } from '../core/doubled-member.ts';
import { parseExactly } from '../core/exact-json.ts';
import type { Breath } from './breath.ts';
import {
  behindSpace,
  COLON,
  COMMA,
  endOfBare,
  endOfItems,
  endOfString,
  LIST,
  LIST_END,
  MAP,
  MAP_END,
  QUOTE,
} from './json-bytes.ts';
import { mayHavePoison, refusePoison } from './json-poison.ts';
import { type Unfinished, UnfinishedList, UnfinishedObject, type Wanted } from './wanted.ts';

export interface JsonOptions {
  readonly breath: Breath;
  /** The most members of one object. Default: any number. */
  readonly mostMembers?: number;
  /** The most levels of lists and objects. Default: 5,000. What is nested deeper could be read here, and by hardly anything after it. */
  readonly mostLevels?: number;
  /** Whether numbers that a double cannot hold stay the text they are, as `parseExactly` leaves them. Default: they are rounded. */
  readonly exact?: boolean;
  /**
   * Refuses objects that would pretend to be prototypes where programs copy them member by member: with a member `__proto__`, or a
   * `constructor` with a `prototype`. Default: they are objects like any other.
   */
  readonly plain?: boolean;
  /** Refuses objects that name a member twice, as `isDoubled` tells. Default: the last one counts, as for `JSON.parse`. */
  readonly once?: boolean;
  /** What is kept of the value. All of it is checked. Default: all of it. */
  readonly wanted?: Wanted;
}

/** Shorter texts are read at once, in less than a few ms. */
const AT_ONCE = 16_384;
/** Bytes that are read together at most. */
const TOGETHER = 16_384;
/** Bytes of a string that are read together at most, when it is longer than that. */
const STRING_PART = 65_536;
/** Bytes that are looked at between two looks at the time. */
const STRIDE = 65_536;
/** Of a number, a name or white space, in bytes. They are read at once, and what is longer is none that anybody means. */
const LONGEST_WORD = 4_194_304;
const MOST_LEVELS = 5_000;

/**
 * The value of a JSON text in UTF-8. Rejects with `SyntaxError`, and with `RangeError` for what is nested too deep, has too many members,
 * or a number, a name or white space of more than 4 MB.
 */
export async function parseInSlices(json: string | Uint8Array, options: JsonOptions): Promise<unknown> {
  const { breath, plain = false, exact = false, mostLevels } = options;
  if (json.length <= AT_ONCE && !plain && mostLevels === undefined) {
    const text = typeof json === 'string' ? json : bytesOf(json).toString();
    const value: unknown = exact ? parseExactly(text) : JSON.parse(text);
    if (options.once === true) refuseDoubled(text, value);
    return value;
  }
  await breath.take();
  const reading = new Reading(bytesOf(json), options);
  while (!reading.read(STRIDE)) if (breath.isDue) await breath.take();
  return reading.value;
}

/** Of bytes the same ones, not a copy. */
function bytesOf(json: string | Uint8Array): Buffer {
  return typeof json === 'string'
    ? Buffer.from(json)
    : Buffer.from(json.buffer, json.byteOffset, json.byteLength);
}

class Reading {
  value: unknown;
  readonly #json: Buffer;
  readonly #options: JsonOptions;
  readonly #parse: (text: string) => unknown;
  readonly #mostLevels: number;
  readonly #open: Unfinished[] = [];
  /** The parts of a long string so far. */
  #string: string[] | undefined;
  #at = 0;
  /** From where on items are read together. */
  #togetherFrom = 0;
  /** Bytes that were looked at, some of them again: see `#mayLookAhead`. */
  #looked = 0;

  constructor(json: Buffer, options: JsonOptions) {
    this.#json = json;
    this.#options = options;
    this.#parse = options.exact === true ? parseExactly : JSON.parse;
    this.#mostLevels = options.mostLevels ?? MOST_LEVELS;
  }

  /** Goes on by about so many bytes. True once the whole text is read. */
  read(bytes: number): boolean {
    const enough = this.#at + this.#looked + bytes;
    while (this.#at + this.#looked < enough) if (this.#step()) return true;
    return false;
  }

  /** Reads some items, a value, a part of a string, or the beginning of a list or an object. True at the end. */
  #step(): boolean {
    if (this.#string !== undefined) return this.#goOnWithString(this.#string);
    const open = this.#open.at(-1);
    if (open !== undefined && this.#mayLookAhead()) {
      const end = this.#readTogether(open);
      if (end !== undefined) return this.#goOnBehind(end);
    }
    if (open instanceof UnfinishedObject) this.#readName(open);
    const next = this.#peek();
    if (next === LIST || next === MAP) return this.#enter(next);
    if (next !== QUOTE) return this.#put(this.#parse(this.#bare()));
    const { end, isWhole } = this.#endOfString(this.#at + 1);
    if (isWhole) return this.#put(this.#parse(this.#take(end + 1)));
    this.#string = [];
    return this.#partOfString(this.#string, this.#at + 1, end);
  }

  /** A look ahead is in vain where one item is longer than it: so no byte is looked at more than a few times, however deep it is. */
  #mayLookAhead(): boolean {
    return this.#at >= this.#togetherFrom && this.#looked <= 4 * (this.#at + TOGETHER);
  }

  /** The place of the mark behind the items that were read; undefined where there are none that can be read together. */
  #readTogether(open: Unfinished): number | undefined {
    const next = this.#peek();
    if (next === COMMA || next === LIST_END || next === MAP_END) return undefined;
    const to = Math.min(this.#at + TOGETHER, this.#json.length);
    const end = endOfItems(this.#json, this.#at, to, this.#mostLevels - this.#open.length);
    this.#looked += (end < 0 ? to : end) - this.#at;
    if (end < 0 || (this.#json[end] !== COMMA && this.#json[end] !== closing(open))) return undefined;
    const text = this.#json.toString('utf8', this.#at, end);
    if (this.#options.plain === true && mayHavePoison(text)) {
      this.#togetherFrom = end;
      return undefined;
    }
    try {
      if (this.#addAll(open, text)) return end;
    } catch (error) {
      if (error instanceof RangeError) throw error;
    }
    // Where it is wrong is found value by value.
    this.#togetherFrom = Infinity;
    return undefined;
  }

  /** False where a member stands twice. */
  #addAll(open: Unfinished, text: string): boolean {
    const isList = open instanceof UnfinishedList;
    const given = this.#parse(isList ? `[${text}]` : `{${text}}`);
    if (this.#options.once === true) {
      if (doubledMember(text, given) !== undefined) return false;
      if (!isList && Object.keys(given as object).some((name) => open.has(name))) return false;
    }
    if (isList) open.addAll(given as unknown[]);
    else open.addAll(given as Record<string, unknown>);
    return true;
  }

  #goOnBehind(end: number): boolean {
    const open = this.#open.at(-1);
    this.#at = end + 1;
    if (this.#json[end] === COMMA || open === undefined) return false;
    this.#open.pop();
    return this.#put(open.end());
  }

  #enter(kind: number): boolean {
    if (this.#open.length === this.#mostLevels) {
      throw new RangeError(`it is more than ${count(this.#mostLevels)} levels deep`);
    }
    const { wanted = 'all', mostMembers = Infinity } = this.#options;
    const kept = this.#open.at(-1)?.wantedNext ?? wanted;
    const entered = kind === LIST ? new UnfinishedList(kept) : new UnfinishedObject(kept, mostMembers);
    this.#at += 1;
    if (this.#peek() !== closing(entered)) {
      this.#open.push(entered);
      return false;
    }
    this.#at += 1;
    return this.#put(entered.end());
  }

  /** Puts a value where it belongs, and closes what ends behind it. */
  #put(given: unknown): boolean {
    for (let value = given; ; ) {
      const open = this.#open.at(-1);
      const next = this.#peek();
      if (open === undefined) {
        if (next !== undefined) throw this.#unexpected();
        this.value = value;
        return true;
      }
      if (open instanceof UnfinishedObject) {
        if (this.#options.plain === true) refusePoison(open.name, value);
        if (this.#options.once === true && open.has(open.name)) throw doubledError(open.name);
      }
      open.add(value);
      if (next !== COMMA && next !== closing(open)) throw this.#unexpected();
      this.#at += 1;
      if (next === COMMA) return false;
      this.#open.pop();
      value = open.end();
    }
  }

  #readName(open: UnfinishedObject): void {
    if (this.#peek() !== QUOTE) throw this.#unexpected();
    const most = this.#at + LONGEST_WORD;
    const end = endOfString(this.#json, this.#at + 1, Math.min(most, this.#json.length));
    if (end >= most) throw this.#tooLong('a name');
    if (end >= this.#json.length) throw this.#endless();
    open.name = JSON.parse(this.#take(end + 1)) as string;
    if (this.#peek() !== COLON) throw this.#unexpected();
    this.#at += 1;
  }

  #endOfString(from: number): { readonly end: number; readonly isWhole: boolean } {
    const end = endOfString(this.#json, from, from + STRING_PART);
    this.#looked += end - from;
    if (end >= this.#json.length) throw this.#endless();
    return { end, isWhole: this.#json[end] === QUOTE };
  }

  #goOnWithString(parts: string[]): boolean {
    const { end } = this.#endOfString(this.#at);
    return this.#partOfString(parts, this.#at, end);
  }

  #partOfString(parts: string[], from: number, end: number): boolean {
    parts.push(JSON.parse(`"${this.#json.toString('utf8', from, end)}"`) as string);
    this.#at = end;
    if (this.#json[end] !== QUOTE) return false;
    this.#at += 1;
    this.#string = undefined;
    return this.#put(parts.join(''));
  }

  /** The next byte that is no white space; undefined at the end. */
  #peek(): number | undefined {
    const most = this.#at + LONGEST_WORD;
    const at = behindSpace(this.#json, this.#at, Math.min(most, this.#json.length));
    if (at === most) throw this.#tooLong('white space');
    this.#at = at;
    return this.#json[at];
  }

  #bare(): string {
    const most = this.#at + LONGEST_WORD;
    const end = endOfBare(this.#json, this.#at, Math.min(most, this.#json.length));
    if (end === this.#at) throw this.#unexpected();
    if (end === most) throw this.#tooLong('a number');
    return this.#take(end);
  }

  #take(end: number): string {
    const text = this.#json.toString('utf8', this.#at, end);
    this.#at = end;
    return text;
  }

  #unexpected(): SyntaxError {
    const found = this.#json.toString('utf8', this.#at, this.#at + 4)[0];
    if (found === undefined) return new SyntaxError(`it ends too early, ${this.#place()}`);
    return new SyntaxError(`there is a ${JSON.stringify(found)} ${this.#place()}, where none belongs`);
  }

  #endless(): SyntaxError {
    return new SyntaxError(`the text that begins ${this.#place()} has no closing quotation mark`);
  }

  #tooLong(what: string): RangeError {
    return new RangeError(`${what} that begins ${this.#place()} is longer than ${count(LONGEST_WORD)} bytes`);
  }

  #place(): string {
    return `at character ${this.#json.toString('utf8', 0, this.#at).length + 1}`;
  }
}

function closing(open: Unfinished): number {
  return open instanceof UnfinishedList ? LIST_END : MAP_END;
}
