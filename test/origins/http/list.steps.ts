/** A list behind a real HTTP server, in any style of pages, and an HTTP origin that reads it. */
import { onTestFinished } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { HttpOrigin } from '../../../src/origins/http/http-origin.ts';
import { httpListOptions } from '../../../src/origins/http/list-options.ts';
import { httpOriginOptions } from '../../../src/origins/http/options.ts';
import type { ListAnswer, ListRequest } from '../../../src/origins/origin.ts';
import { SIGNAL } from '../../contract/origin.steps.ts';
import { type Asked, json, type Script, startScriptedServer } from '../../support/scripted-server.ts';

export const LIMITS = { rows: 100_000, bytes: 10_000_000, pages: 1_000, ms: 60_000 };

interface Changes {
  readonly origin?: Record<string, unknown>;
  readonly list?: Record<string, unknown>;
  readonly known?: ListRequest['known'];
}

export async function listBench({ origin = {}, list = {}, known }: Changes = {}) {
  const server = await startScriptedServer();
  const options = httpOriginOptions.parse({ kind: 'http', url: server.url, ...origin });
  const made = new HttpOrigin({ name: 'crm', options, clock: systemClock });
  onTestFinished(() => made.close());
  const request = (changes: Record<string, unknown> = {}): ListRequest => ({
    set: 'shops',
    options: httpListOptions.parse({ path: '/v1/shops', ...list, ...changes }),
    known,
    limits: LIMITS,
  });
  return { server, origin: made, request };
}

export type ListBench = Awaited<ReturnType<typeof listBench>>;

/** Every row of a list, which ends with its last page or with what is none. */
export async function readAll({ origin, request }: ListBench, changes?: Record<string, unknown>) {
  const pages = origin.listPages(request(changes));
  const rows: unknown[] = [];
  for (;;) {
    const page: ListAnswer = await pages.next(SIGNAL);
    if (page.kind !== 'page') return { rows, ended: page };
    rows.push(...page.rows);
    if (page.isLast) return { rows, ended: undefined };
  }
}

export function shops(count: number): { readonly id: number }[] {
  return Array.from({ length: count }, (_, i) => ({ id: i + 1 }));
}

export const STYLES = [
  'cursor',
  'cursorHeader',
  'link',
  'linkInBody',
  'number',
  'numberTotal',
  'offset',
  'offsetTotal',
] as const;
export type Style = (typeof STYLES)[number];

/** What a configuration says of each style. */
export const PAGES: Readonly<Record<Style, Record<string, unknown>>> = {
  cursor: { by: 'cursor', at: 'next', param: 'after' },
  cursorHeader: { by: 'cursor', header: 'X-Next', param: 'after' },
  link: { by: 'link' },
  linkInBody: { by: 'link', at: 'next' },
  number: { by: 'number', param: 'page' },
  numberTotal: { by: 'number', param: 'page', total: 'total' },
  offset: { by: 'offset', param: 'skip' },
  offsetTotal: { by: 'offset', param: 'skip', total: 'total' },
};

/** Answers `size` rows of a list at a time, in this style. */
export function listServer(rows: readonly unknown[], size: number, style: Style): Script {
  return (response, asked: Asked) => {
    const query = new URL(asked.url, 'http://h').searchParams;
    const start = startOf(style, query, size);
    const end = start + size;
    const next = end < rows.length ? end : undefined;
    const url = `/v1/shops?start=${next}`;
    const items = rows.slice(start, end);
    const pointer = style === 'linkInBody' ? url : `c${next}`;
    const body = { data: { items }, total: rows.length, next: next === undefined ? null : pointer };
    const headers: Record<string, string> =
      next === undefined ? {} : { link: `<${url}>; rel="next", <${url}>; rel=last`, 'x-next': `c${next}` };
    json(body, headers)(response, asked);
  };
}

function startOf(style: Style, query: URLSearchParams, size: number): number {
  if (style.startsWith('number')) return (Number(query.get('page')) - 1) * size;
  if (style.startsWith('offset')) return Number(query.get('skip'));
  const at = style.startsWith('cursor') ? query.get('after')?.slice(1) : query.get('start');
  return Number(at ?? 0);
}
