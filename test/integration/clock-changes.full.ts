/** The whole service over the hours in which clocks change: hot values are there throughout, and refreshed throughout. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../support/disk.ts';
import { startForewarm } from '../support/forewarm-process.ts';
import { hasCompiler, movedClock } from '../support/moved-clock.ts';
import { freePort, startRedisServer } from '../support/redis-server.ts';
import { json, startScriptedServer } from '../support/scripted-server.ts';
import { until } from '../support/waiting.ts';

/** When clocks go forward; when the hour that comes twice begins; and when it begins again. */
const CHANGES = [
  ['Europe/Berlin', '2027-03-28T01:00Z', '2026-10-25T00:00Z', '2026-10-25T01:00Z'],
  ['America/New_York', '2027-03-14T07:00Z', '2026-11-01T05:00Z', '2026-11-01T06:00Z'],
  // Half an hour comes twice, or is left out.
  ['Australia/Lord_Howe', '2026-10-03T15:30Z', '2027-04-03T14:30Z', '2027-04-03T15:00Z'],
] as const;

const BEFORE_MS = 20_000;
/** Longer than a value lives without being refreshed. */
const AFTER_MS = 30_000;
const IDS = ['berlin', 'bremen'];

interface Seen {
  readonly at: number;
  readonly status: number;
}

/** What reads answered, and when the origin was called, in ms around the change. */
async function observe(zone: string, change: string) {
  const env = movedClock();
  const origin = await startScriptedServer();
  const calls: number[] = [];
  // Compose and warm up take a while, on a busy machine a long one: the change comes after both.
  const began = Date.now();
  const by = Date.parse(change) - BEFORE_MS - 40_000 - began;
  const sinceChange = () => Date.now() + by - Date.parse(change);
  origin.answer((response, asked) => {
    calls.push(sinceChange());
    json({ n: calls.length })(response, asked);
  });
  const moved = { ...env(by), TZ: zone };
  const redis = await startRedisServer({ env: moved });
  onTestFinished(() => redis.remove());
  const folder = temporaryFolder();
  const port = await freePort();
  writeFileSync(join(folder, 'places.csv'), ['id', ...IDS, ''].join('\n'));
  const config = {
    ...{
      data: 'data',
      redis: { jobs: redis.url },
      api: { port },
      tiers: { disk: { path: 'data/cache.db' } },
    },
    temperatures: {
      hot: { ttl: '15s', refreshAhead: '50%', grace: '5s', schedule: '*/2 * * * * *', timezone: zone },
    },
    origins: { shop: { kind: 'http', url: origin.url, concurrency: 4 } },
    sources: {
      quote: { origin: 'shop', key: 'quote:{id}', temperature: 'hot', request: { path: '/q/{id}' } },
    },
    entities: { places: { csv: 'places.csv', id: 'id' } },
  };
  writeFileSync(join(folder, 'forewarm.yaml'), JSON.stringify(config));
  const service = startForewarm(join(folder, 'forewarm.yaml'), ['up', '--warm'], moved);
  onTestFinished(async () => {
    await service.end('SIGKILL');
  });
  const read = async (id: string) => {
    const { status } = await fetch(`http://127.0.0.1:${port}/v1/entries/quote:${id}`);
    return status;
  };
  const all = () => Promise.all(IDS.map(read)).catch(() => []);
  const isWarm = (statuses: readonly number[]) =>
    statuses.length > 0 && statuses.every((status) => status === 200);
  await until('warm values', all, isWarm);
  const warmAt = sinceChange();
  const seen: Seen[] = [];
  while (sinceChange() < AFTER_MS) {
    for (const id of IDS) seen.push({ at: sinceChange(), status: await read(id) });
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return { change, warmAt, seen, calls };
}

/** The longest time without a call to the origin, in ms. */
function longestRest(calls: readonly number[]): number {
  const around = [-BEFORE_MS / 2, ...calls.filter((at) => at > -BEFORE_MS / 2), AFTER_MS];
  return Math.max(...around.slice(1).map((at, i) => at - (around[i] ?? 0)));
}

test.skipIf(!hasCompiler()).each(CHANGES)(
  'in %s hot values are never gone, and go on being refreshed',
  async (zone, ...changes) => {
    for (const { change, warmAt, seen, calls } of await Promise.all(
      changes.map((change) => observe(zone, change)),
    )) {
      expect(warmAt).toBeLessThan(-BEFORE_MS / 2);
      expect([change, seen.filter(({ status }) => status !== 200)]).toEqual([change, []]);
      // Half a life of 15 s, and some for a busy machine.
      expect(longestRest(calls)).toBeLessThan(15_000);
    }
  },
);
