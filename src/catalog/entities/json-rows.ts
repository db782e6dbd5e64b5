/**
 * The items of a JSON list, taken out of its text piece by piece. `JSON.parse` reads a list of many megabytes in one go, in which
 * nobody else has a turn; here it reads one item at a time.
 */
import { count } from '../../core/counted.ts';
import { messageOf } from '../../core/errors.ts';
import { LONGEST_ROW } from './row.ts';

const [QUOTE, BACKSLASH, COMMA, LIST, LIST_END, MAP, MAP_END] = [...'"\\,[]{}'].map((char) =>
  char.charCodeAt(0),
);
const BLANK = /^[ \t\r\n]*$/;

/** Its methods throw an `Error` that names the item, for what is no list. */
export class JsonRows<T> {
  readonly #parse: (text: string) => T;
  /** The beginning of the item that goes on in the next piece. */
  #begun = '';
  #count = 0;
  #place: 'before' | 'in' | 'behind' = 'before';
  /** Lists and maps that are open within the list. */
  #level = 0;
  #isQuoted = false;
  #isEscaped = false;

  constructor(parse: (text: string) => T) {
    this.#parse = parse;
  }

  /** The items that end in this piece. */
  take(piece: string): T[] {
    const items: T[] = [];
    let from = this.#place === 'before' ? this.#open(piece) : 0;
    for (let at = from; at < piece.length && this.#place === 'in'; at += 1) {
      if (!this.#endsItem(piece.charCodeAt(at))) continue;
      this.#add(this.#begun + piece.slice(from, at), items);
      this.#begun = '';
      from = at + 1;
    }
    if (this.#place === 'in') this.#keep(piece.slice(from));
    else if (this.#place === 'behind' && !BLANK.test(piece.slice(from)))
      throw new Error('something stands behind the end of the list');
    return items;
  }

  /** To be called behind the last piece. */
  end(): void {
    if (this.#place === 'before') throw new Error('is empty, and no JSON list');
    if (this.#place === 'in')
      throw new Error(`the JSON list has no end: it breaks off in item ${this.#count + 1}`);
  }

  #open(piece: string): number {
    const at = piece.search(/[^ \t\r\n]/);
    if (at === -1) return piece.length;
    if (piece[at] !== '[') throw new Error('is not a JSON list of objects');
    this.#place = 'in';
    return at + 1;
  }

  #endsItem(code: number): boolean {
    if (this.#isQuoted) this.#seeQuoted(code);
    else if (code === QUOTE) this.#isQuoted = true;
    else if (code === LIST || code === MAP) this.#level += 1;
    else if (code === COMMA) return this.#level === 0;
    else if (code === LIST_END || code === MAP_END) {
      this.#level -= 1;
      if (this.#level >= 0) return false;
      if (code === MAP_END) throw new Error(`item ${this.#count + 1}: a "}" closes nothing`);
      this.#place = 'behind';
      return true;
    }
    return false;
  }

  #seeQuoted(code: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (code === BACKSLASH) this.#isEscaped = true;
    else if (code === QUOTE) this.#isQuoted = false;
  }

  #keep(part: string): void {
    this.#begun += part;
    this.#bound(this.#begun);
  }

  #add(text: string, items: T[]): void {
    if (this.#count === 0 && this.#place === 'behind' && BLANK.test(text)) return;
    this.#bound(text);
    try {
      items.push(this.#parse(text));
    } catch (cause) {
      throw new Error(`item ${this.#count + 1}: ${messageOf(cause)}`, { cause });
    }
    this.#count += 1;
  }

  #bound({ length }: string): void {
    if (length > LONGEST_ROW)
      throw new Error(
        `item ${this.#count + 1} has more than ${count(LONGEST_ROW)} characters, and is no row`,
      );
  }
}
