/** What a hostile run is made of: origins, sources, how values live, and the configuration. */

export const GOOD_ORIGINS = ['one', 'two', 'three', 'four', 'five'];
export const HOSTILE = 'hostile';
/** Keys of each source. */
const KEYS = 20;

export const BUDGET = { perSecond: 40, concurrency: 4 };
export const TTL_MS = 6_000;
/** Each temperature's schedule ticks once a second. */
export const TICK_MS = 1_000;
/** Hostile values may be old, and are never lost. */
const GRACE = '2h';

export const IDS: readonly string[] = Array.from({ length: KEYS }, (_, i) => `place-${i + 1}`);

export function keyOf(source: string, id: string): string {
  return `${source}:${id}`;
}

export interface Place {
  readonly folder: string;
  readonly redis: string;
  readonly port: number;
  /** By the name of an origin. */
  readonly urls: Readonly<Record<string, string>>;
}

/** Every source has an origin of its own, of the same name. */
export function configOf({ folder, redis, port, urls }: Place) {
  const names = [...GOOD_ORIGINS, HOSTILE];
  const source = (name: string) => ({
    origin: name,
    key: `${name}:{place}`,
    request: { path: '/v/{place}' },
    temperature: 'hot',
    grace: name === HOSTILE ? GRACE : '1m',
    guard: { require: ['id', 'rev', 'text'] },
  });
  const origin = (name: string) => ({
    kind: 'http',
    url: urls[name],
    rate: `${BUDGET.perSecond}/s`,
    concurrency: BUDGET.concurrency,
    timeout: '1s',
    maxBodyBytes: '256KB',
  });
  return {
    data: folder,
    redis: { jobs: redis },
    tiers: { disk: { path: `${folder}/cache.db` } },
    api: { port, host: '127.0.0.1' },
    temperatures: { hot: { ttl: `${TTL_MS}ms`, refreshAhead: '50%', schedule: '* * * * * *' } },
    origins: Object.fromEntries(names.map((name) => [name, origin(name)])),
    sources: Object.fromEntries(names.map((name) => [name, source(name)])),
    entities: { places: { csv: 'places.csv', id: 'place' } },
    log: { level: 'warn', format: 'json' },
  };
}
