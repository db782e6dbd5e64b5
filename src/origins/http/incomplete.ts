/**
 * Whether an answer says that it is not all of it, a batch or the last page of a list: a page of several, cut short, or fewer items than it counts. There is no
 * standard for that but the `Link` header, so the names that APIs use are looked for beside the items: in the objects that hold them,
 * and in what these keep about pages. A map of items under no path is not looked into, since its members are items.
 */
import { counted } from '../../core/counted.ts';
import { textOfScalar } from '../../core/exact-json.ts';
import { quote } from '../../core/quote.ts';
import { type JsonPath, readPath } from '../json-path.ts';
import type { AnswerHeaders } from './headers.ts';
import { nextLink } from './link-header.ts';

/** The items of an answer, and where they are. */
interface ItemsFound {
  readonly path: JsonPath;
  /** How many there are, each once; of a list, on all pages together. */
  readonly count: number;
  /** How many pages they came on. */
  readonly pages: number;
  /** Where the answer says whether there is more, in place of the usual names. */
  readonly more: JsonPath | undefined;
}

/** Names are compared in lower case, without what is between their words. These tell of more by any value that is not empty. */
const MORE = new Set(
  `next nextpage nexttoken nextcursor nextlink nexturl nexthref nextoffset nextmarker nextkey nextpagetoken nextpageurl
  nextpagecursor nextpagelink odatanextlink hasmore hasnext hasnextpage hasmoreitems hasmoreresults more moreavailable moreitems
  moreresults moredata truncated istruncated partial ispartial partialresults incomplete isincomplete incompleteresults timedout
  terminatedearly lastevaluatedkey continuation continuationtoken unprocessed unprocessedkeys unprocessedids
  unprocesseditems`.split(/\s+/),
);
/** These tell of more by `false`. */
const WHOLE = new Set([
  'complete',
  'iscomplete',
  'whole',
  'last',
  'islast',
  'islastpage',
  'lastpage',
  'done',
]);
/** These count all items. */
const TOTALS = new Set(
  `total totalcount totalitems totalresults totalelements totalhits totalrows totalrecords totalsize count itemcount resultcount
  numfound`.split(/\s+/),
);
const PAGES = new Set(['totalpages', 'pagecount', 'numpages', 'lastpage']);
/** What objects keep about pages is in members of these names. */
const ABOUT_PAGES = new Set(
  `meta metadata page pageinfo paging pagination paginator links cursor cursors responsemetadata info`.split(
    /\s+/,
  ),
);
const NO: ReadonlySet<unknown> = new Set(['', '0', 'false', 'no', 'null', 'none']);

/** What the answer says of that, for people; undefined where it says nothing. */
export function whyIncomplete(
  answer: unknown,
  headers: Pick<AnswerHeaders, 'get'>,
  items: ItemsFound,
): string | undefined {
  if (items.more !== undefined) {
    const found = readPath(answer, items.more);
    return isSaid(found) ? said(items.more.join('.'), found) : undefined;
  }
  for (let depth = 0; depth < items.path.length; depth += 1) {
    const holder = readPath(answer, items.path.slice(0, depth));
    const reason = saidIn(holder, items, items.path[depth] ?? '');
    if (reason !== undefined) return reason;
  }
  return saidByHeaders(headers, items.count);
}

function saidIn(holder: unknown, items: ItemsFound, way: string): string | undefined {
  for (const [name, value] of membersOf(holder)) {
    if (name === way) continue;
    const told = saidBy(name, value, items);
    if (told !== undefined) return told;
    if (!ABOUT_PAGES.has(plain(name))) continue;
    for (const [inner, one] of membersOf(value)) {
      const within = saidBy(inner, one, items);
      if (within !== undefined) return within;
    }
  }
  return undefined;
}

function saidBy(name: string, value: unknown, { count, pages }: ItemsFound): string | undefined {
  const word = plain(name);
  const number = numberOf(value);
  const isMore =
    (MORE.has(word) && isSaid(value)) ||
    (WHOLE.has(word) && (value === false || value === 'false')) ||
    (TOTALS.has(word) && number !== undefined && number > count) ||
    (PAGES.has(word) && number !== undefined && number > pages);
  return isMore ? said(name, value) : undefined;
}

function saidByHeaders(headers: Pick<AnswerHeaders, 'get'>, count: number): string | undefined {
  const link = headers.get('link');
  if (link !== undefined && nextLink(link) !== undefined) return 'it has a link to a next page';
  for (const name of ['x-next-page', 'x-next-cursor', 'x-has-more', 'x-continuation-token']) {
    if (isSaid(headers.get(name))) return said(name, headers.get(name));
  }
  const range = /\/(\d{1,15})$/.exec(headers.get('content-range') ?? '')?.[1];
  for (const total of [range, headers.get('x-total-count'), headers.get('x-total')]) {
    const number = numberOf(total);
    if (number !== undefined && number > count)
      return `it counts ${counted(number, 'item')}, and has ${count}`;
  }
  return undefined;
}

/** Whether something that stands where an answer tells of more does so; `{ "href": null }` is a link to nothing. */
function isSaid(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0) return false;
  if (typeof value === 'string') return !NO.has(value.trim().toLowerCase());
  return typeof value !== 'object' || membersOf(value).some(([, member]) => isSaid(member));
}

function said(name: string, value: unknown): string {
  const text = textOfScalar(value) ?? (typeof value === 'boolean' ? String(value) : undefined);
  // Cursors and links may hold what nobody may see.
  return text === undefined || !/^(\d{1,15}|true|false)$/.test(text)
    ? `it has ${quote(name)}`
    : `its ${quote(name)} is ${text}`;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** A number of items; some wrap theirs, as `{ "value": 10 }`. */
function numberOf(value: unknown): number | undefined {
  const text = textOfScalar(value) ?? textOfScalar(readPath(value, ['value']));
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Bounded: an object of thousands of members is none that tells of pages. */
function membersOf(value: unknown): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return Array.isArray(value) ? value.slice(0, MOST).map((one, i) => [String(i), one] as const) : [];
  }
  const members: (readonly [string, unknown])[] = [];
  for (const name in value) {
    if (!Object.hasOwn(value, name)) continue;
    members.push([name, readPath(value, [name])]);
    if (members.length >= MOST) break;
  }
  return members;
}

const MOST = 200;
