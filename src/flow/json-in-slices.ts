/**
 * JSON that is read piece by piece, so that a text of many megabytes holds nobody up. `JSON.parse` reads a text in one go; a thread
 * of its own would not help, since copying what it has read takes as long as reading it.
 */
import type { Clock } from '../core/clock.ts';
import { Breath } from './breath.ts';

export interface JsonOptions {
  readonly clock: Clock;
  /** The most members of one object. Default: any number. */
  readonly mostMembers?: number;
  /**
   * Refuses objects that would pretend to be prototypes where programs copy them member by member: with a member `__proto__`, or a
   * `constructor` with a `prototype`. Default: they are objects like any other.
   */
  readonly plain?: boolean;
}

/** Shorter texts are read at once, in less than a few ms. */
const AT_ONCE = 16_384;
/** What is nested deeper could be read here, and by hardly anything after it. */
const DEEPEST = 5_000;
/** Values between two looks at the time. */
const STRIDE = 256;

/** The value of a JSON text. Rejects with `SyntaxError`, and with `RangeError` for what is nested too deep or has too many members. */
export async function parseInSlices(text: string, options: JsonOptions): Promise<unknown> {
  if (text.length <= AT_ONCE && options.plain !== true) return JSON.parse(text);
  const breath = new Breath({ clock: options.clock });
  const reading = new Reading(text, options);
  while (!reading.read(STRIDE)) if (breath.isDue) await breath.take();
  return reading.value;
}

interface Open {
  readonly into: unknown[] | Record<string, unknown>;
  /** Of the member that comes next, in an object. */
  name: string;
  members: number;
}

const SPACE = /[ \t\n\r]*/y;
/** A number, or a word: `JSON.parse` says which. */
const BARE = /[-+.\w]+/y;

class Reading {
  value: unknown;
  readonly #text: string;
  readonly #mostMembers: number;
  readonly #plain: boolean;
  readonly #open: Open[] = [];
  #at = 0;

  constructor(text: string, { mostMembers = Infinity, plain = false }: JsonOptions) {
    this.#text = text;
    this.#mostMembers = mostMembers;
    this.#plain = plain;
  }

  /** Goes on by so many values. True once the whole text is read. */
  read(count: number): boolean {
    for (let i = 0; i < count; i += 1) if (this.#step()) return true;
    return false;
  }

  /** Reads a value, or the beginning of a list or an object. */
  #step(): boolean {
    const next = this.#peek();
    if (next === '[') return this.#enter([], ']');
    if (next === '{') return this.#enter({}, '}');
    const text = next === '"' ? this.#quoted() : this.#bare();
    return this.#put(JSON.parse(text));
  }

  #enter(into: Open['into'], end: string): boolean {
    if (this.#open.length === DEEPEST) throw new RangeError(`it is nested more than ${DEEPEST} deep`);
    this.#at += 1;
    if (this.#peek() === end) {
      this.#at += 1;
      return this.#put(into);
    }
    this.#open.push({ into, name: '', members: 0 });
    if (end === '}') this.#readName();
    return false;
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
      this.#add(open, value);
      if (next !== ',' && next !== (Array.isArray(open.into) ? ']' : '}')) throw this.#unexpected();
      this.#at += 1;
      if (next === ',') {
        if (!Array.isArray(open.into)) this.#readName();
        return false;
      }
      this.#open.pop();
      value = open.into;
    }
  }

  #add(open: Open, value: unknown): void {
    if (Array.isArray(open.into)) {
      open.into.push(value);
      return;
    }
    open.members += 1;
    if (open.members > this.#mostMembers)
      throw new RangeError(`an object has more than ${this.#mostMembers} members`);
    if (this.#plain && isPoison(open.name, value))
      throw new SyntaxError(`a member "${open.name}" is not allowed`);
    if (open.name !== '__proto__') open.into[open.name] = value;
    else
      Object.defineProperty(open.into, open.name, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
  }

  #readName(): void {
    const open = this.#open.at(-1);
    if (this.#peek() !== '"' || open === undefined) throw this.#unexpected();
    open.name = JSON.parse(this.#quoted()) as string;
    if (this.#peek() !== ':') throw this.#unexpected();
    this.#at += 1;
  }

  /** The next character that is no space; undefined at the end. */
  #peek(): string | undefined {
    SPACE.lastIndex = this.#at;
    SPACE.test(this.#text);
    this.#at = Math.max(this.#at, SPACE.lastIndex);
    return this.#text[this.#at];
  }

  /** From a quote to the one that no backslash escapes. */
  #quoted(): string {
    const from = this.#at;
    for (let end = this.#text.indexOf('"', from + 1); end >= 0; end = this.#text.indexOf('"', end + 1)) {
      let before = end;
      while (this.#text[before - 1] === '\\') before -= 1;
      if ((end - before) % 2 === 1) continue;
      this.#at = end + 1;
      return this.#text.slice(from, this.#at);
    }
    throw new SyntaxError(`a string that begins at character ${from + 1} has no end`);
  }

  #bare(): string {
    BARE.lastIndex = this.#at;
    const [text] = BARE.exec(this.#text) ?? [];
    if (text === undefined) throw this.#unexpected();
    this.#at = BARE.lastIndex;
    return text;
  }

  #unexpected(): SyntaxError {
    const found = this.#text[this.#at];
    const what = found === undefined ? 'the end' : JSON.stringify(found);
    return new SyntaxError(`unexpected ${what} at character ${this.#at + 1}`);
  }
}

function isPoison(name: string, value: unknown): boolean {
  if (name === '__proto__') return true;
  return (
    name === 'constructor' && typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype')
  );
}
