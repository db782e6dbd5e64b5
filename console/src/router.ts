/**
 * Addresses of the page. A view has one name, and what it shows stands in the query, names and keys as well: so an address has one
 * segment, and works at whatever path a proxy serves the console, however that treats slashes and percent signs.
 */
import { computed, signal } from '@preact/signals';

export interface Address {
  /** The name of the view; empty: the first one. */
  readonly page: string;
  readonly query: URLSearchParams;
}

export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Where the console is served, with a slash at its end. */
export const ROOT = new URL('./', location.href).pathname;

const here = signal(location.href);

export const address = computed<Address>(() => {
  const url = new URL(here.value);
  const inside = url.pathname.startsWith(ROOT) ? url.pathname.slice(ROOT.length) : '';
  return { page: decodeURIComponent(inside), query: url.searchParams };
});

/** Which page is shown. Changes of the query do not change it. */
export const page = computed(() => address.value.page);

/** A value of the query. */
export function param(name: string): string | undefined {
  return address.value.query.get(name) ?? undefined;
}

/** What is undefined, null, empty or false is left out. */
export function addressOf(view: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null || value === '' || value === false) continue;
    search.set(name, String(value));
  }
  const text = search.toString();
  return ROOT + encodeURIComponent(view) + (text === '' ? '' : `?${text}`);
}

export function go(target: string): void {
  history.pushState(null, '', target);
  here.value = location.href;
}

/** Changes some of the query, and keeps the rest. Filters are no steps to go back through one by one. */
export function filter(changes: Query): void {
  const query: Record<string, string> = Object.fromEntries(address.peek().query);
  history.replaceState(null, '', addressOf(page.peek(), { ...query, ...changes }));
  here.value = location.href;
}

/** Follows links and the buttons of the browser. */
export function followLinks(): void {
  addEventListener('popstate', () => {
    here.value = location.href;
  });
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
    if (!(link instanceof HTMLAnchorElement) || link.target !== '' || link.hasAttribute('download')) return;
    // Places on the same page are the browser's own.
    if (link.getAttribute('href')?.startsWith('#') || !isOfConsole(new URL(link.href))) return;
    event.preventDefault();
    go(link.href);
  });
}

/** The API lies beside the pages, two segments deep. */
function isOfConsole({ origin, pathname }: URL): boolean {
  return (
    origin === location.origin && pathname.startsWith(ROOT) && !pathname.slice(ROOT.length).includes('/')
  );
}
