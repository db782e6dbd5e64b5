/** How a view of the console comes up in a real browser: from the navigation until what it is about is painted. */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { Redis } from 'ioredis';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { until } from '../../test/support/waiting.ts';

export interface ViewToVisit {
  readonly name: string;
  /** With its query. */
  readonly path: string;
  /** A selector of the first thing that shows real data. */
  readonly first: string;
}

export interface Visit {
  /** From the navigation until the first real data are painted, in ms. */
  readonly usable: number;
  /** Until nothing waits any more, charts included. */
  readonly whole: number;
  /** That came over the network, without what the browser had kept. */
  readonly bytes: number;
  readonly requests: number;
  /** Cumulative layout shift. */
  readonly shift: number;
  /** Of the process that serves the API, in ms. */
  readonly processor: number;
  /** Commands of that process to Redis. */
  readonly commands: number;
}

export interface Watched {
  readonly url: string;
  readonly pid: number;
  readonly redis: Redis;
  /** Addresses from which others are connected to Redis. */
  readonly others: ReadonlySet<string>;
}

const PATIENCE_MS = 60_000;
/** What comes late, such as a shift, comes within this after nothing waits any more, in ms. */
const SETTLED_MS = 300;

/** Notes in the page when things are painted: a frame after they are there. */
const PROBE = (first: string) => `(() => {
  const seen = globalThis.bench = { usable: 0, whole: 0, shift: 0 };
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) seen.shift += value;
  }).observe({ type: 'layout-shift', buffered: true });
  const painted = (then) => requestAnimationFrame(() => setTimeout(() => then(performance.now())));
  const look = () => {
    const main = document.querySelector('main');
    if (main === null) return;
    if (seen.usable === 0 && document.querySelector(${JSON.stringify(first)}) !== null) {
      seen.usable = -1;
      painted((at) => { seen.usable = at; });
    }
    const waits = document.querySelector('.waiting') !== null || document.querySelector('.chart > div:empty') !== null;
    if (waits) seen.whole = 0;
    else if (seen.whole === 0) {
      seen.whole = -1;
      painted((at) => { if (seen.whole === -1) seen.whole = at; });
    }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
})()`;

interface Seen {
  readonly usable: number;
  readonly whole: number;
  readonly shift: number;
}

/** Cold: in a profile of its own. Warm: the same view once more, with what the browser has kept. */
export async function visit(
  browser: Browser,
  watched: Watched,
  view: ViewToVisit,
): Promise<{ readonly cold: Visit; readonly warm: Visit }> {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 800 } });
  try {
    const cold = await visitOnce(context, watched, view);
    return { cold, warm: await visitOnce(context, watched, view) };
  } finally {
    await context.close();
  }
}

async function visitOnce(context: BrowserContext, watched: Watched, view: ViewToVisit): Promise<Visit> {
  const page = await context.newPage();
  try {
    await page.addInitScript(PROBE(view.first));
    const began = processorMs(watched.pid);
    const { seen, commands } = await countingCommands(watched, async () => {
      await page.goto(watched.url + view.path);
      return settled(page);
    });
    const processor = processorMs(watched.pid) - began;
    return { ...seen, ...(await transferred(page)), processor, commands };
  } finally {
    await page.close();
  }
}

/** The policy of the page allows no strings as scripts in it, only from outside. */
async function settled(page: Page): Promise<Seen> {
  const isWhole = ({ usable, whole }: Seen) => usable > 0 && whole > 0;
  const whole = () => until('the whole view', () => page.evaluate<Seen>('bench'), isWhole, PATIENCE_MS);
  await whole();
  await page.waitForTimeout(SETTLED_MS);
  return whole();
}

/** The stream of changes has not ended, and is not among them. */
async function transferred(page: Page): Promise<Pick<Visit, 'bytes' | 'requests'>> {
  const sizes = await page.evaluate<number[]>(
    `[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].map(({ transferSize }) => transferSize)`,
  );
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), requests: sizes.length };
}

/** Those that the process of the API sends while `act` goes on, of scripts only the call. */
export async function countingCommands<T>({ redis, others }: Watched, act: () => Promise<T>) {
  const { host = '127.0.0.1', port = 6379 } = redis.options;
  const monitor = connect(port, host);
  await once(monitor, 'connect');
  monitor.write('MONITOR\r\n');
  let commands = 0;
  createInterface({ input: monitor }).on('line', (line) => {
    const [, source = 'lua'] = /^\+[\d.]+ \[\d+ ([^\]]+)\]/.exec(line) ?? [];
    if (source !== 'lua' && !others.has(source)) commands += 1;
  });
  try {
    return { seen: await act(), commands };
  } finally {
    monitor.destroy();
  }
}

/** Of all threads of a process, as Linux counts it; not a number elsewhere. */
export function processorMs(pid: number): number {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const spent = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'));
    return spent.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0) / 1e6;
  } catch {
    return Number.NaN;
  }
}

/** Addresses from which Redis has connections. */
export async function clientsOf(redis: Redis): Promise<ReadonlySet<string>> {
  const list = String(await redis.client('LIST'));
  return new Set([...list.matchAll(/ addr=(\S+)/g)].map(([, address = '']) => address));
}
