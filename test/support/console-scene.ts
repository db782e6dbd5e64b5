/**
 * A system as people find one that needs them: `quote` is cold, as nothing listens where its origin should; a run of everything goes on,
 * as the origin of `summary` allows little; a guard has refused what came for `forecast`; `profile` and `ticker` are warm, the latter by a schedule
 * of its temperature; two schedules are for the night, one fires often, and one has fired.
 */
import { createClient } from '../../src/api-client/client.ts';
import { OPS, startConsoleSystem } from './console-system.ts';
import { SELDOM_MS, TEST_PATIENCE, until } from './waiting.ts';

const MARKETS = 12;
/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:9';

function source(origin: string, path: string, temperature: string, more: object = {}) {
  return {
    origin,
    key: `${path}:{market}`,
    temperature,
    request: { path: `/markets/{market}/${path}` },
    ...more,
  };
}

const SELDOM = [TEST_PATIENCE, SELDOM_MS] as const;

const CONFIG = {
  sources: {
    profile: source('markets', 'profile', 'warm'),
    forecast: {
      ...source('markets', 'profile', 'warm', { guard: { require: ['forecast'] } }),
      key: 'forecast:{market}',
    },
    ticker: { ...source('markets', 'quote', 'hot'), key: 'ticker:{market}' },
    summary: source('archive', 'summary', 'cold'),
    quote: source('prices', 'quote', 'warm'),
  },
  temperatures: {
    hot: { ttl: '1m', schedule: '*/20 * * * * *', recover: '0' },
    warm: { ttl: '1h', schedule: '0 0 29 2 *', recover: '0' },
    cold: { ttl: '1h', schedule: '0 0 29 2 *', recover: '0' },
  },
  schedules: {
    nightly: { cron: '30 2 * * *', timezone: 'America/New_York', warm: 'source=profile' },
    'night-berlin': { cron: '0 2 * * *', timezone: 'Europe/Berlin', warm: 'source=profile' },
    often: { cron: '*/20 * * * * *', warm: 'source=profile' },
    hourly: { cron: '20 * * * *', warm: 'source=profile' },
  },
};

/** Once the run of everything waits for what it cannot have yet, and a schedule has fired. */
export async function startConsoleScene() {
  const started = await startConsoleSystem({
    markets: MARKETS,
    scopes: ['admin'],
    origins: (url) => ({
      archive: { kind: 'http', url, concurrency: 1, rate: '1/m' },
      prices: { kind: 'http', url: NOWHERE },
    }),
    config: CONFIG,
  });
  const up = await started.system.start('up', '--warm');
  const url = String((await up.event('started')).apiUrl);
  const api = createClient({ url, token: OPS });
  const trigger = () => api.triggerSchedule({ name: 'hourly', body: { why: 'the scene begins' } });
  // On a busy machine Redis may not answer within the two seconds that the API gives it.
  await until(
    'the schedule to fire',
    () => trigger().then(Boolean, () => false),
    Boolean,
    TEST_PATIENCE,
    SELDOM_MS,
  );
  const { runs } = await until(
    'a run that waits beside one that is over, and that coverage is known',
    () => api.listRuns(),
    (page) =>
      page.runs.some(({ schedule, state }) => schedule === 'hourly' && state === 'ended') &&
      page.runs.some(
        ({ counts, waits }) => counts.refused === MARKETS && waits.some((each) => each.for === 'origin'),
      ),
    ...SELDOM,
  );
  await until(
    'what is warm to be measured',
    () => api.readStats(),
    ({ statistics }) => statistics.coverage.some(({ warm, tier }) => warm === 1 && tier === 'stack'),
    ...SELDOM,
  );
  const run = runs.find(({ schedule }) => schedule === null)?.id ?? '';
  return { ...started, url, api, run, key: `profile:${started.system.markets[0]}` };
}

export type ConsoleScene = Awaited<ReturnType<typeof startConsoleScene>>;
