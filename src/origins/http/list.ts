/**
 * A list that an HTTP API gives for an entity set, page by page: `pager.ts` says which page is next, here it is asked for and taken
 * apart. The calls are those of the origin: its headers, query, proxy, bounds and redirects hold for them.
 */
import type { Clock } from '../../core/clock.ts';
import { isDoubled } from '../../core/doubled-member.ts';
import { OriginError } from '../../core/errors.ts';
import { textOfScalar } from '../../core/exact-json.ts';
import type { ListValidators } from '../../core/list.ts';
import { metadataFrom } from '../../core/validators.ts';
import { Breath } from '../../flow/breath.ts';
import { basePathOf } from '../base-path.ts';
import { toldReason } from '../guard-error.ts';
import { type JsonPath, parsePath, readJson, readPath } from '../json-path.ts';
import type { ListAnswer, ListPages, ListRequest } from '../origin.ts';
import { percentEncode } from '../template.ts';
import { shown } from '../words.ts';
import { type HttpAnswer, type HttpCall, nameOf } from './call.ts';
import { whyIncomplete } from './incomplete.ts';
import { type HttpListOptions, httpListOptions } from './list-options.ts';
import { type HttpOriginOptions, httpRequestOptions } from './options.ts';
import { type PagePlace, type Pager, pagerOf } from './pager.ts';
import { compileRequest, conditional, singleCall } from './request.ts';
import { stepsOut } from './steps-out.ts';

/** Longer URLs are refused by servers, and are no links that anybody makes. */
const LONGEST_URL = 8_000;

export interface HttpListDeps {
  readonly list: ListRequest;
  readonly origin: HttpOriginOptions;
  readonly clock: Clock;
  /** Rejects with the `OriginError` that an answer stands for, also one of success that asks for fewer calls. */
  readonly call: (call: HttpCall, error: string | undefined, signal: AbortSignal) => Promise<HttpAnswer>;
}

export class HttpListPages implements ListPages {
  readonly #deps: HttpListDeps;
  readonly #options: HttpListOptions;
  readonly #items: JsonPath;
  readonly #more: JsonPath | undefined;
  readonly #columns: readonly (readonly [string, JsonPath])[] | undefined;
  readonly #pager: Pager;
  /** The call for the page without what tells it from others. */
  readonly #base: HttpCall;
  #place: PagePlace;
  #pages = 0;
  #rows = 0;

  constructor(deps: HttpListDeps) {
    const { list, origin } = deps;
    this.#deps = deps;
    this.#options = httpListOptions.parse(list.options);
    const { path, items = '', more, columns, pages } = this.#options;
    this.#items = parsePath(items);
    this.#more = more === undefined ? undefined : parsePath(more);
    this.#columns = columns && Object.entries(columns).map(([name, at]) => [name, parsePath(at)] as const);
    this.#pager = pagerOf(pages);
    this.#place = this.#pager.first;
    const { single } = compileRequest(origin, httpRequestOptions.parse({ path }));
    if (single === undefined) throw new Error('a request with a path has a call for one key');
    this.#base = singleCall(single, {}, undefined);
  }

  async next(signal: AbortSignal): Promise<ListAnswer> {
    try {
      return await this.#page(signal);
    } catch (error) {
      const isRefused = error instanceof OriginError && error.class === 'permanent';
      if (!this.#pager.mayBeNone || !isRefused) throw error;
      return { kind: 'page', rows: [], bytes: 0, isLast: true, validators: undefined };
    }
  }

  async #page(signal: AbortSignal): Promise<ListAnswer> {
    const call = this.#callAt(this.#place);
    const answer = await this.#deps.call(call, this.#options.error, signal);
    if (answer.status === 304 && this.#known !== undefined) return { kind: 'unchanged' };
    if (answer.status >= 300) throw refused(call, `answered ${answer.status}: there is no such list`);
    const breath = new Breath(this.#deps);
    const value = await parsedBody(answer, call, breath);
    const told = toldReason({ error: this.#options.error }, value, call.secrets);
    if (told !== undefined) throw refused(call, told);
    const rows = await this.#rowsIn(value, call, breath);
    const after = this.#pager.after({ answer, value, rows: rows.length });
    if (after.kind === 'changed') return after;
    this.#pages += 1;
    this.#rows += rows.length;
    const unfinished = after.kind === 'end' ? this.#whyUnfinished(answer, value) : undefined;
    if (unfinished !== undefined) return this.#incomplete(call, unfinished);
    if (after.kind === 'next') this.#place = after.place;
    return {
      kind: 'page',
      rows: after.kind === 'none' ? [] : rows,
      bytes: answer.body.byteLength,
      isLast: after.kind !== 'next',
      validators: this.#options.pages === undefined ? validatorsOf(answer) : undefined,
    };
  }

  /** What the last page says against being the last one. A total that the set names, and that has come, is proof. */
  #whyUnfinished({ headers }: HttpAnswer, value: unknown): string | undefined {
    if (this.#options.pages?.total !== undefined) return undefined;
    const items = { path: this.#items, count: this.#rows, pages: this.#pages, more: this.#more };
    return whyIncomplete(value, headers, items);
  }

  /** With pages it may be whole the next time; where none are asked for, no second try gives more. */
  #incomplete(call: HttpCall, why: string): ListAnswer {
    const reason = `the answer says that it is not all of the list: ${why}`;
    if (this.#options.pages !== undefined)
      return { kind: 'changed', reason: `${reason}; by \`more\` you may say where it tells of that` };
    throw refused(
      call,
      `gives a list that is not whole: ${why}; say by \`pages\` how the next page is asked for, or by \`more\` where the answer tells of that`,
    );
  }

  /** An ETag is that of one answer: it says nothing of further pages. */
  get #known(): ListValidators | undefined {
    return this.#options.pages === undefined ? this.#deps.list.known : undefined;
  }

  #callAt(place: PagePlace): HttpCall {
    const headers =
      this.#known === undefined ? this.#base.headers : conditional(this.#base.headers, this.#known);
    const path = place.kind === 'url' ? this.#pathOf(place.url) : withQuery(this.#base.path, place.query);
    return { ...this.#base, headers, path };
  }

  /** What a link names has to lie below the origin's URL: whoever writes an answer does not choose whom we call, and with which secrets. */
  #pathOf(link: string): string {
    const base = new URL(this.#deps.origin.url);
    const url = link.length > LONGEST_URL ? null : URL.parse(link, new URL(this.#base.path, base).href);
    const refuse = (why: string) =>
      refused(this.#base, `page ${this.#pages} has a link to the next one ${why}`);
    if (url === null) throw refuse('that is no URL');
    if (url.origin !== base.origin) throw refuse(`at ${url.origin}, and only ${base.origin} may be called`);
    const folder = basePathOf(base.href);
    const isBelow = url.pathname === folder || url.pathname.startsWith(`${folder}/`);
    if (!isBelow || stepsOut(url.pathname)) throw refuse(`that leads out of ${base.origin}${folder}`);
    const missing = Object.entries(this.#deps.origin.query).filter(([name]) => !url.searchParams.has(name));
    return withQuery(url.pathname + url.search, Object.fromEntries(missing));
  }

  async #rowsIn(value: unknown, call: HttpCall, breath: Breath): Promise<unknown[]> {
    const items = readPath(value, this.#items);
    if (!Array.isArray(items)) {
      const { items: at = '' } = this.#options;
      throw refused(
        call,
        `answered without a list${at === '' ? '; say by `items` where it is' : ` at "${at}"`}`,
      );
    }
    const rows: unknown[] = [];
    for (const item of items) {
      if (breath.isDueAt(rows.length)) await breath.take();
      rows.push(this.#rowOf(item));
    }
    return rows;
  }

  #rowOf(item: unknown): unknown {
    if (this.#columns !== undefined) {
      return Object.fromEntries(this.#columns.map(([name, at]) => [name, readPath(item, at)]));
    }
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    // What is nested is no column; `columns` says where in it one is.
    return Object.fromEntries(Object.entries(item).filter(([, member]) => isFlat(member)));
  }
}

function isFlat(member: unknown): boolean {
  return typeof member !== 'object' || member === null || textOfScalar(member) !== undefined;
}

async function parsedBody(answer: HttpAnswer, call: HttpCall, breath: Breath): Promise<unknown> {
  try {
    return await readJson(answer.body, breath, { once: true });
  } catch (error) {
    if (isDoubled(error)) throw refused(call, `answered JSON in which ${error.message}`);
    if (error instanceof RangeError) throw refused(call, `answered what cannot be used: ${error.message}`);
    const type = shown(answer.headers.get('content-type') ?? 'no content type', call.secrets).slice(0, 60);
    throw refused(call, `answered ${answer.status} with what is not JSON (${type})`);
  }
}

function validatorsOf({ headers }: HttpAnswer): ListValidators | undefined {
  const [etag, lastModified] = [headers.get('etag'), headers.get('last-modified')];
  return etag === undefined && lastModified === undefined
    ? undefined
    : metadataFrom({ etag, lastModified, contentType: undefined, version: undefined });
}

function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  const fields = Object.entries(query).map(
    ([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`,
  );
  return fields.length === 0 ? path : `${path}${path.includes('?') ? '&' : '?'}${fields.join('&')}`;
}

function refused(call: HttpCall, why: string): OriginError {
  return new OriginError('permanent', `${nameOf(call)} ${why}`);
}
