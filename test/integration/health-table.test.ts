/** What each role tells of itself at each of its pages while one of its servers hangs or is gone, and when it is back. */
import { isDeepStrictEqual } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { install, start } from '../support/build-installation.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { until } from '../support/waiting.ts';

const ROLES = [['worker'], ['scheduler'], ['api'], ['worker', 'scheduler', 'api']] as const;

interface Fault {
  readonly what: string;
  readonly begin: (servers: Servers) => unknown;
  readonly end: (servers: Servers) => unknown;
  /** The needs that are not met. */
  readonly lacks: readonly string[];
  /** The tiers that are silent. */
  readonly silent: readonly string[];
}

interface Servers {
  readonly jobs: RedisServer;
  readonly cache: RedisServer;
}

const FAULTS: readonly Fault[] = [
  {
    ...{ what: 'the cache Redis hangs', lacks: [], silent: ['redis'] },
    ...{ begin: ({ cache }) => cache.freeze(), end: ({ cache }) => cache.thaw() },
  },
  {
    ...{ what: 'the jobs Redis hangs and the cache Redis is gone', lacks: ['redis'], silent: ['redis'] },
    begin: ({ jobs, cache }) => [jobs.freeze(), cache.kill()][1],
    end: ({ jobs, cache }) => [jobs.thaw(), cache.start()][1],
  },
  {
    ...{ what: 'the jobs Redis is gone', lacks: ['redis'], silent: [] },
    ...{ begin: ({ jobs }) => jobs.kill(), end: ({ jobs }) => jobs.start() },
  },
];

interface Page {
  readonly status: number;
  readonly checks?: readonly { readonly name: string; readonly reason: string | null }[];
  readonly silent?: readonly { readonly tier: string }[];
}

async function ask(url: string, page: string): Promise<Page> {
  const answer = await fetch(`${url}${page}`);
  const text = await answer.text();
  return { ...(page === '/metrics' ? {} : JSON.parse(text)), status: answer.status };
}

const lacking = ({ checks = [] }: Page) => checks.filter(({ reason }) => reason !== null);

test('each role lives and shows metrics whatever Redis does, says what it lacks, and is ready again by itself', async () => {
  const installation = await install({ aof: false });
  const cache = await startRedisServer({ aof: false });
  onTestFinished(() => cache.remove());
  const servers = { jobs: installation.server, cache };
  const change = { http: { port: 0 }, redis: { jobs: servers.jobs.url, cache: cache.url } };
  const apps = await Promise.all(ROLES.map((roles) => start(installation, roles, change)));
  const urls = apps.map(({ httpUrl }) => httpUrl ?? '');
  const all = (page: string) => Promise.all(urls.map((url) => ask(url, page)));
  const well = (pages: readonly Page[]) =>
    pages.every(({ status, silent }) => status === 200 && silent?.length === 0);
  await until('processes that are ready', () => all('/readyz'), well);
  for (const { what, begin, end, lacks, silent } of FAULTS) {
    await begin(servers);
    const told = (page: Page) => ({
      status: page.status,
      lacks: lacking(page).map(({ name }) => name),
      silent: page.silent?.map(({ tier }) => tier),
    });
    const right = { status: lacks.length > 0 ? 503 : 200, lacks, silent };
    const isRight = (page: Page) => isDeepStrictEqual(told(page), right);
    await until(
      what,
      () => all('/readyz'),
      (pages) => pages.every(isRight),
    );
    for (const page of ['/livez', '/metrics'])
      expect([what, page, (await all(page)).map(({ status }) => status)]).toEqual([
        what,
        page,
        ROLES.map(() => 200),
      ]);
    await end(servers);
    await until(`processes that are ready after ${what}`, () => all('/readyz'), well);
  }
});
