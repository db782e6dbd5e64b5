/** What a chaos run is made of: keys, sources and how values of them live. */
import type { BucketOptions } from './bucket.ts';
import type { Lives } from './records.ts';

const SHELVES = ['a', 'b', 'c'];
const PLACES = 8;

/**
 * `page`: fetched from the origin by workers. `note`: set by applications, and short-lived, so that ages matter. `live`:
 * fetched by whoever reads it. `asked`: fetched by workers whom a reader asks.
 */
const SOURCES = {
  page: { ttl: 60_000, grace: 60_000, miss: 'none' },
  note: { ttl: 4_000, grace: 20_000, miss: 'none' },
  live: { ttl: 8_000, grace: 20_000, miss: 'origin' },
  asked: { ttl: 8_000, grace: 20_000, miss: 'request' },
} as const;
const REFRESH_AHEAD = 0.5;

export type SourceName = keyof typeof SOURCES;

export const KEYS: Readonly<Record<SourceName, readonly string[]>> = {
  page: keysOf('page'),
  note: keysOf('note'),
  live: keysOf('live'),
  asked: keysOf('asked'),
};

export const ALL_KEYS: readonly string[] = Object.values(KEYS).flat();

/** What can be invalidated beside single keys: a selector, and the keys it selects. */
export interface Selection {
  readonly selector: string;
  readonly keys: readonly string[];
  /** By a fence; else key by key. */
  readonly fenced: boolean;
}

const SOURCE_NAMES = Object.keys(SOURCES);

/** By a fence: whatever carries a tag, is of a source, or has a key that starts so. */
export const BY_FENCE: readonly Selection[] = [
  ...SHELVES.map((shelf) => selection(`tag=shelf:${shelf}`, `:${shelf}:`, true)),
  ...SOURCE_NAMES.map((source) => selection(`source=${source}`, `${source}:`, true)),
];
export const BY_PREFIX: readonly Selection[] = SOURCE_NAMES.flatMap((source) =>
  SHELVES.map((shelf) => selection(`prefix=${source}:${shelf}:`, `${source}:${shelf}:`, true)),
);

/** Key by key, as the catalog knows them: so only of sources that readers fetch nothing of. */
export const BY_WALK: readonly Selection[] = (['page', 'note'] as const).flatMap((source) =>
  SHELVES.map((shelf) => selection(`tag=shelf:${shelf} source=${source}`, `${source}:${shelf}:`, false)),
);

function selection(selector: string, part: string, fenced: boolean): Selection {
  return { selector, keys: ALL_KEYS.filter((key) => key.includes(part)), fenced };
}

/** What can lie below Redis: the SQLite file of a host, or a bucket of S3. */
export const BELOWS = ['disk', 's3'] as const;
export type Below = (typeof BELOWS)[number];

/** How long memory answers while it does not hear the bus, in ms. */
export const MAX_AGE_WITHOUT_BUS = 6_000;

/** Memory whose value is due asks the tiers below, and then answers for so long before it asks again, in ms. */
export const LOOKS_AGAIN = 1_000;

export function livesOf(key: string): Lives {
  const { ttl, grace, miss } = SOURCES[sourceOf(key)];
  return { due: ttl * REFRESH_AHEAD, gone: ttl + grace, isReadThrough: miss !== 'none' };
}

function sourceOf(key: string): SourceName {
  // Every key begins with the name of its source.
  return key.slice(0, key.indexOf(':')) as SourceName;
}

function keysOf(source: SourceName): string[] {
  return SHELVES.flatMap((shelf) =>
    Array.from({ length: PLACES }, (_, place) => `${source}:${shelf}:${place}`),
  );
}

/** The configuration of a process that reaches the servers at these addresses. */
export function configOf(place: {
  readonly folder: string;
  readonly jobs: string;
  readonly cache: string;
  readonly origin: string;
  readonly hasMemory: boolean;
  /** Undefined where the disk lies below Redis. */
  readonly bucket: BucketOptions | undefined;
}) {
  const sources = Object.entries(SOURCES).map(([name, { ttl, grace, miss }]) => [
    name,
    {
      origin: 'truth',
      key: `${name}:{shelf}:{place}`,
      tags: ['shelf:{shelf}'],
      ...{ miss, hardDeadline: '1s' },
      request: { path: `/${name}:{shelf}:{place}` },
      ...{ ttl: `${ttl}ms`, grace: `${grace}ms`, refreshAhead: `${REFRESH_AHEAD * 100}%` },
    },
  ]);
  return {
    data: place.folder,
    redis: { jobs: place.jobs, cache: place.cache },
    tiers: {
      memory: { enabled: place.hasMemory, maxAgeWithoutBus: `${MAX_AGE_WITHOUT_BUS}ms` },
      ...(place.bucket === undefined
        ? { disk: { path: `${place.folder}/cache.db` } }
        : { disk: { enabled: false }, s3: { ...place.bucket, enabled: true, timeout: '1s' } }),
    },
    temperatures: Object.fromEntries(
      ['hot', 'warm', 'cold'].map((name) => [name, { schedule: '0 0 29 2 *', recover: '0' }]),
    ),
    origins: { truth: { kind: 'http', url: place.origin, concurrency: 16, timeout: '3s' } },
    sources: Object.fromEntries(sources),
    jobs: { backoff: '100ms', backoffMax: '500ms', gc: { cron: '0 0 29 2 *' } },
    workers: { lock: '3s', stalledCheck: '1s', grace: '1s' },
    log: { level: 'error' },
  };
}
