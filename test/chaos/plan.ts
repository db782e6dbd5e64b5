/** What a chaos run is made of: keys, sources and how values of them live. */
import type { Lives } from './records.ts';

const SHELVES = ['a', 'b', 'c'];
const PLACES = 6;

/** `page`: fetched from the origin by workers. `note`: set by applications, and short-lived, so that ages matter. */
const SOURCES = { page: { ttl: 60_000, grace: 60_000 }, note: { ttl: 4_000, grace: 20_000 } } as const;
const REFRESH_AHEAD = 0.5;

export type SourceName = keyof typeof SOURCES;

export const KEYS: Readonly<Record<SourceName, readonly string[]>> = {
  page: keysOf('page'),
  note: keysOf('note'),
};

export const ALL_KEYS: readonly string[] = [...KEYS.page, ...KEYS.note];

export const PREFIXES: readonly string[] = SHELVES.flatMap((shelf) => [`page:${shelf}:`, `note:${shelf}:`]);

export function livesOf(key: string): Lives {
  const { ttl, grace } = SOURCES[sourceOf(key)];
  return { due: ttl * REFRESH_AHEAD, gone: ttl + grace };
}

function sourceOf(key: string): SourceName {
  return key.startsWith('page:') ? 'page' : 'note';
}

function keysOf(source: SourceName): string[] {
  return SHELVES.flatMap((shelf) =>
    Array.from({ length: PLACES }, (_, place) => `${source}:${shelf}:${place}`),
  );
}

/** The configuration of a process that reaches the two servers of Redis at these addresses. */
export function configOf(place: {
  readonly folder: string;
  readonly jobs: string;
  readonly cache: string;
  readonly origin: string;
  readonly hasMemory: boolean;
}) {
  const sources = Object.entries(SOURCES).map(([name, { ttl, grace }]) => [
    name,
    {
      origin: 'truth',
      key: `${name}:{shelf}:{place}`,
      tags: ['shelf:{shelf}'],
      request: { path: `/${name}:{shelf}:{place}` },
      ...{ ttl: `${ttl}ms`, grace: `${grace}ms`, refreshAhead: `${REFRESH_AHEAD * 100}%` },
    },
  ]);
  return {
    data: place.folder,
    redis: { jobs: place.jobs, cache: place.cache },
    tiers: { memory: { enabled: place.hasMemory }, disk: { path: `${place.folder}/cache.db` } },
    temperatures: Object.fromEntries(
      ['hot', 'warm', 'cold'].map((name) => [name, { schedule: '0 0 29 2 *' }]),
    ),
    origins: { truth: { kind: 'http', url: place.origin, concurrency: 16, timeout: '3s' } },
    sources: Object.fromEntries(sources),
    jobs: { backoff: '100ms', backoffMax: '500ms', gc: { cron: '0 0 29 2 *' } },
    workers: { lock: '3s', stalledCheck: '1s', grace: '1s' },
    log: { level: 'error' },
  };
}
