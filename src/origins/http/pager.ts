/** How the pages of a list follow each other: what the next call carries, and when the list has ended, or cannot be all of it. */

import { createHash } from 'node:crypto';
import { count, counted } from '../../core/counted.ts';
import { OriginError } from '../../core/errors.ts';
import { textOfScalar } from '../../core/exact-json.ts';
import { parsePath, readPath } from '../json-path.ts';
import type { HttpAnswer } from './call.ts';
import { nextLink } from './link-header.ts';
import type { PageOptions } from './list-options.ts';

/** What tells a page apart from the first: query parameters, or the URL that the page before gave. */
export type PagePlace =
  | { readonly kind: 'query'; readonly query: Readonly<Record<string, string>> }
  | { readonly kind: 'url'; readonly url: string };

/** A page that has come. */
export interface PageAnswer {
  readonly answer: HttpAnswer;
  /** Its body, parsed. */
  readonly value: unknown;
  readonly rows: number;
}

export type AfterPage =
  | { readonly kind: 'next'; readonly place: PagePlace }
  | { readonly kind: 'end' }
  /** It is none of the list's: the page before was the last. */
  | { readonly kind: 'none' }
  /** It is not the list that it was, or not all of it. */
  | { readonly kind: 'changed'; readonly reason: string };

export interface Pager {
  readonly first: PagePlace;
  /** The page that comes next is only asked for to see that there is none: a server may refuse it. */
  readonly mayBeNone: boolean;
  /** What follows a page. Throws a permanent `OriginError` where the pages go in a circle. */
  after(page: PageAnswer): AfterPage;
}

/** A server may filter after it has cut its pages, so that some are empty; nobody waits for more of them in a row. */
const MOST_EMPTY = 50;

const END: AfterPage = { kind: 'end' };
const ALONE: Pager = { first: { kind: 'query', query: {} }, mayBeNone: false, after: () => END };

export function pagerOf(options: PageOptions | undefined): Pager {
  if (options === undefined) return ALONE;
  return options.by === 'cursor' || options.by === 'link'
    ? new PointerPager(options)
    : new CountPager(options);
}

/** By what each answer says of the next page: a cursor or a link. */
class PointerPager implements Pager {
  readonly first: PagePlace;
  readonly mayBeNone = false;
  readonly #options: PageOptions;
  /** Pointers that were followed. */
  readonly #followed = new Set<string>();
  #empty = 0;

  constructor(options: PageOptions) {
    this.#options = options;
    this.first = { kind: 'query', query: sizeIn(options) };
  }

  after({ answer, value, rows }: PageAnswer): AfterPage {
    const { by, param = '' } = this.#options;
    const pointer = this.#pointerIn(answer, value);
    if (pointer === undefined) return END;
    const word = by === 'link' ? 'link' : 'cursor';
    this.#empty = rows === 0 ? this.#empty + 1 : 0;
    if (this.#empty === MOST_EMPTY) {
      throw refused(
        `${MOST_EMPTY} pages in a row have no rows, and each gives another ${word}: the pages do not end`,
      );
    }
    if (this.#followed.has(pointer)) {
      throw refused(
        `page ${this.#followed.size + 1} gives a ${word} that was followed before: the pages go in a circle`,
      );
    }
    this.#followed.add(pointer);
    const place: PagePlace =
      by === 'link'
        ? { kind: 'url', url: pointer }
        : { kind: 'query', query: { ...sizeIn(this.#options), [param]: pointer } };
    return { kind: 'next', place };
  }

  #pointerIn({ headers }: HttpAnswer, value: unknown): string | undefined {
    const { by, at, header } = this.#options;
    if (at === undefined) {
      const text = by === 'link' ? headers.get('link') : headers.get(header?.toLowerCase() ?? '');
      return by === 'link' && text !== undefined ? nextLink(text) : text;
    }
    const found = readPath(value, parsePath(at));
    if (found === undefined || found === null || found === false || found === '') return undefined;
    const pointer = textOfScalar(found);
    if (pointer === undefined) throw refused(`what stands at "${at}" is neither text nor a number`);
    return pointer;
  }
}

/** By number or offset: nothing in the answer names the next page. */
class CountPager implements Pager {
  readonly first: PagePlace;
  mayBeNone = false;
  readonly #options: PageOptions;
  #pages = 0;
  #rows = 0;
  /** Of the longest page so far, or what the first was asked for. */
  #full: number;
  #short: { readonly page: number; readonly rows: number } | undefined;
  #total: number | undefined;
  #last = '';

  constructor(options: PageOptions) {
    this.#options = options;
    this.#full = options.size ?? 0;
    this.first = this.#place();
  }

  after({ answer, value, rows }: PageAnswer): AfterPage {
    const isBeyond = this.mayBeNone;
    this.mayBeNone = false;
    this.#pages += 1;
    this.#rows += rows;
    const isAgain = this.#isAgain(answer.body, rows);
    // A server may give its last page for every page beyond.
    if (isBeyond && isAgain) return { kind: 'none' };
    if (isAgain) {
      const { param } = this.#options;
      throw refused(
        `page ${this.#pages} is page ${this.#pages - 1} again: "${param}" does not turn the page`,
      );
    }
    return this.#options.total === undefined ? this.#untilEmpty(rows) : this.#untilTotal(value, rows);
  }

  /** A page that is not full may be the last one, or be cut short: only the next one tells. */
  #untilEmpty(rows: number): AfterPage {
    if (rows === 0) return END;
    if (this.#short !== undefined) {
      const { page, rows: few } = this.#short;
      return {
        kind: 'changed',
        reason: `page ${page} has ${counted(few, 'row')}, and page ${this.#pages} goes on`,
      };
    }
    // A server may give fewer than it was asked for, to everybody.
    if (this.#pages > 1 && rows < this.#full) this.#short = { page: this.#pages, rows };
    this.#full = this.#pages === 1 ? rows : Math.max(this.#full, rows);
    return { kind: 'next', place: this.#place() };
  }

  #untilTotal(value: unknown, rows: number): AfterPage {
    const { total: at = '' } = this.#options;
    const text = textOfScalar(readPath(value, parsePath(at))) ?? '';
    if (!/^\d{1,15}$/.test(text)) throw refused(`there is no whole number at "${at}" (total)`);
    const total = Number(text);
    const before = this.#total ?? total;
    this.#total = total;
    // Of a size that a server did not heed, the first page tells what is full.
    if (this.#pages === 1) this.#full = rows;
    if (total !== before) {
      return {
        kind: 'changed',
        reason: `it has ${counted(total, 'row')} at page ${this.#pages}, and had ${before} before`,
      };
    }
    if (this.#rows > total) {
      throw refused(
        `its pages have ${counted(this.#rows, 'row')} by page ${this.#pages}, and only ${total} stand at "${at}" (total): does that count pages, or the rows of one? Name the number of all rows, or leave \`total\` out`,
      );
    }
    if (this.#rows === total) return this.#atTotal(rows);
    if (rows > 0) return { kind: 'next', place: this.#place() };
    return { kind: 'changed', reason: `its pages give ${counted(this.#rows, 'row')} of ${count(total)}` };
  }

  #place(): PagePlace {
    const { by, param = '', first = 1 } = this.#options;
    const at = by === 'number' ? first + this.#pages : this.#rows;
    return { kind: 'query', query: { ...sizeIn(this.#options), [param]: String(at) } };
  }

  /** A total of as many rows as have come may be that of the pages, or of this page: behind a full one there may be another. */
  #atTotal(rows: number): AfterPage {
    if (rows < Math.max(this.#full, 1)) return END;
    this.mayBeNone = true;
    return { kind: 'next', place: this.#place() };
  }

  /** A server that does not know the parameter gives its first page again and again. */
  #isAgain(body: Uint8Array, rows: number): boolean {
    const mark = rows === 0 ? '' : createHash('sha1').update(body).digest('base64');
    const isAgain = mark !== '' && mark === this.#last;
    this.#last = mark;
    return isAgain;
  }
}

function sizeIn({ size, sizeParam }: PageOptions): Readonly<Record<string, string>> {
  return size === undefined || sizeParam === undefined ? {} : { [sizeParam]: String(size) };
}

function refused(why: string): OriginError {
  return new OriginError('permanent', why);
}
