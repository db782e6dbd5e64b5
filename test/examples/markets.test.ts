import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { QUOTE_MS } from '../../examples/markets/facts.ts';
import { marketsCsv } from '../../examples/markets/make-csv.ts';
import { type MarketsOptions, startMarketsOrigin } from '../../examples/markets/origin.ts';

const NEW_YORK = '5128581';
const DENVER = '5419384';

async function setup(options: MarketsOptions = {}) {
  const origin = await startMarketsOrigin(options);
  onTestFinished(() => origin.close());
  const get = (path: string, headers: Record<string, string> = {}) => fetch(origin.url + path, { headers });
  const control = (change: unknown) =>
    fetch(`${origin.url}/_control`, { method: 'POST', body: JSON.stringify(change) });
  return { origin, get, control };
}

type Bench = Awaited<ReturnType<typeof setup>>;

async function jsonOf({ get }: Bench, path: string): Promise<unknown> {
  const response = await get(path);
  expect(response.status).toBe(200);
  return response.json();
}

describe('the markets that the example warms', () => {
  it('are the 1,000 most populous US places, as make-csv.ts writes them', async () => {
    const file = readFileSync(new URL('../../examples/markets/markets.csv', import.meta.url), 'utf8');
    expect(file).toBe(await marketsCsv());
    expect(file.split('\n').slice(0, 2)).toEqual([
      'market,name,region,population,lat,lon',
      '5128581,New York City,US-NY,8175133,40.71427,-74.00597',
    ]);
    expect(file.trim().split('\n')).toHaveLength(1_001);
  });
});

describe('the markets origin', () => {
  it('gives the profile of a market', async () => {
    expect(await jsonOf(await setup(), `/markets/5412199/profile`)).toEqual({
      market: '5412199',
      name: 'Arvada',
      country: 'US',
      region: 'US-CO',
      feature: 'PPL',
      population: 115368,
      latitude: 39.80276,
      longitude: -105.08748,
      nearestBigger: { market: '5427946', name: 'Lakewood', kilometres: 10.9 },
    });
  });

  it('knows no bigger place than the biggest', async () => {
    expect(await jsonOf(await setup(), `/markets/${DENVER}/profile`)).toMatchObject({ nearestBigger: null });
  });

  it('gives the largest places of the region, and the rank of the market among them', async () => {
    const bench = await setup();
    const summary = await jsonOf(bench, `/markets/${DENVER}/summary`);
    expect(summary).toMatchObject({ market: DENVER, region: 'US-CO', rank: 1 });
    expect(summary).toHaveProperty('top.0', { market: DENVER, name: 'Denver', population: 682545 });
    expect(summary).toHaveProperty('top.length', 10);
  });

  it('gives a quote that changes with each slot, and is the same within it', async () => {
    let now = Date.UTC(2026, 0, 1);
    const bench = await setup({ now: () => now });
    const quote = () => jsonOf(bench, `/markets/${DENVER}/quote`);
    const first = await quote();
    now += QUOTE_MS - 1;
    expect(await quote()).toEqual(first);
    now += 1;
    const second = await quote();
    expect(second).not.toEqual(first);
    expect(second).toMatchObject({ market: DENVER, at: '2026-01-01T00:00:05.000Z', currency: 'USD' });
    const other = await setup({ now: () => now });
    expect(await jsonOf(other, `/markets/${DENVER}/quote`)).toEqual(second);
  });

  it.each(['quote', 'summary', 'profile'])('answers 304 to conditions that hold, of a %s', async (source) => {
    const bench = await setup({ now: () => Date.UTC(2026, 0, 1) });
    const path = `/markets/${DENVER}/${source}`;
    const { headers } = await bench.get(path);
    const etag = headers.get('etag') ?? '';
    const lastModified = headers.get('last-modified') ?? '';
    const statusOf = async (conditions: Record<string, string>) => (await bench.get(path, conditions)).status;
    expect(await statusOf({ 'if-none-match': etag })).toBe(304);
    expect(await statusOf({ 'if-none-match': `"other", ${etag}` })).toBe(304);
    expect(await statusOf({ 'if-none-match': '"other"' })).toBe(200);
    expect(await statusOf({ 'if-modified-since': lastModified })).toBe(304);
    expect(await statusOf({ 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' })).toBe(200);
    expect(await statusOf({ 'if-none-match': '"other"', 'if-modified-since': lastModified })).toBe(200);
    expect(bench.origin.counters().notModified).toBe(3);
  });

  it('answers a batch with what each market would get alone, and leaves out what does not exist', async () => {
    const bench = await setup({ now: () => Date.UTC(2026, 0, 1) });
    for (const [plural, singular] of [
      ['quotes', 'quote'],
      ['summaries', 'summary'],
      ['profiles', 'profile'],
    ]) {
      const single = await bench.get(`/markets/${DENVER}/${singular}`);
      const batch = await jsonOf(bench, `/markets/${plural}?ids=${DENVER}%2Cnone,${NEW_YORK}`);
      expect(batch).toHaveProperty('items.length', 2);
      expect(batch).toHaveProperty('items.0', {
        id: DENVER,
        etag: single.headers.get('etag'),
        version: (single.headers.get('etag') ?? '').slice(1, -1),
        value: await single.json(),
      });
    }
    const ids = (count: number) => Array.from({ length: count }, () => DENVER).join(',');
    expect((await bench.get(`/markets/quotes?ids=${ids(100)}`)).status).toBe(200);
    expect((await bench.get(`/markets/quotes?ids=${ids(101)}`)).status).toBe(400);
  });

  it.each(['/markets/1/quote', '/markets/quotes', `/markets/${DENVER}/price`, '/markets', '/other'])(
    'does not know %s',
    async (path) => {
      const { get } = await setup();
      expect((await get(path)).status).toBe(404);
    },
  );
});

describe('the counters of the markets origin', () => {
  it('tell calls and keys, by source and by key', async () => {
    const bench = await setup();
    await bench.get(`/markets/${DENVER}/quote`);
    await bench.get(`/markets/${DENVER}/quote`);
    await bench.get(`/markets/profiles?ids=${DENVER},${NEW_YORK},none`);
    const counters = await jsonOf(bench, '/_counters?keys=1');
    expect(counters).toMatchObject({ calls: 3, keys: 4, inFlight: 0, throttled: 0 });
    expect(counters).toMatchObject({
      bySource: {
        quote: { calls: 2, keys: 2 },
        summary: { calls: 0, keys: 0 },
        profile: { calls: 1, keys: 2 },
      },
      callsPerKey: { [`quote:${DENVER}`]: 2, [`profile:${DENVER}`]: 1, [`profile:${NEW_YORK}`]: 1 },
    });
    expect(await jsonOf(bench, '/_counters')).not.toHaveProperty('callsPerKey');
    await fetch(`${bench.origin.url}/_counters/reset`, { method: 'POST' });
    expect(bench.origin.counters()).toMatchObject({ calls: 0, keys: 0 });
  });

  it('tell the most calls at the same time and in one second', async () => {
    const bench = await setup({ latency: 30, spread: 0 });
    await Promise.all(Array.from({ length: 7 }, () => bench.get(`/markets/${DENVER}/quote`)));
    expect(bench.origin.counters()).toMatchObject({ peakInFlight: 7, peakPerSecond: 7, inFlight: 0 });
    await bench.get(`/markets/${DENVER}/quote`);
    expect(bench.origin.counters()).toMatchObject({ peakInFlight: 7, calls: 8 });
  });
});

describe('the limits and faults of the markets origin', () => {
  const statuses = async ({ get }: Bench, count: number) =>
    (await Promise.all(Array.from({ length: count }, () => get(`/markets/${DENVER}/quote`)))).map(
      ({ status }) => status,
    );
  const count = (all: readonly number[], status: number) => all.filter((one) => one === status).length;

  it('let in as many calls per second as the rate says, and tell the others when to come back', async () => {
    const bench = await setup({ rate: 5 });
    expect(count(await statuses(bench, 8), 429)).toBe(3);
    expect((await bench.get(`/markets/${DENVER}/quote`)).headers.get('retry-after')).toBe('1');
    expect(bench.origin.counters()).toMatchObject({ calls: 9, keys: 5, throttled: 4 });
    bench.origin.control({ rate: 0 });
    expect(await statuses(bench, 8)).not.toContain(429);
  });

  it('let in as many calls at the same time as the concurrency says', async () => {
    const bench = await setup({ concurrency: 3, latency: 50, spread: 0 });
    expect(count(await statuses(bench, 5), 429)).toBe(2);
    expect(await statuses(bench, 3)).not.toContain(429);
  });

  it('strike the share of calls that is switched on', async () => {
    const bench = await setup();
    bench.origin.control({ errorRate: 1 });
    expect(await statuses(bench, 2)).toEqual([500, 500]);
    bench.origin.control({ errorRate: 0, emptyRate: 1 });
    expect(await (await bench.get(`/markets/${DENVER}/profile`)).text()).toBe('');
    expect(await (await bench.get(`/markets/profiles?ids=${DENVER}`)).text()).toBe('');
    bench.origin.control({ emptyRate: 0, errorRate: 0.5 });
    expect(count(await statuses(bench, 100), 500)).toBeGreaterThan(25);
    expect(bench.origin.counters()).toMatchObject({ empty: 2 });
  });

  it('repeat themselves under the same seed', async () => {
    const drawn = async () => {
      const bench = await setup({ errorRate: 0.5, seed: 7 });
      const all: number[] = [];
      for (let i = 0; i < 20; i += 1) all.push(...(await statuses(bench, 1)));
      return all;
    };
    expect(await drawn()).toEqual(await drawn());
  });

  it('close connections without an answer in an outage, but not to the operator', async () => {
    const bench = await setup();
    await bench.control({ outage: true });
    await expect(bench.get(`/markets/${DENVER}/quote`)).rejects.toThrow();
    expect(await jsonOf(bench, '/_counters')).toMatchObject({ calls: 1, dropped: 1, inFlight: 0 });
    await bench.control({ outage: false });
    expect(await statuses(bench, 1)).toEqual([200]);
  });

  it('refuse connections for as long as they are told to', async () => {
    const bench = await setup();
    expect((await bench.control({ refuseFor: 200 })).status).toBe(200);
    await expect.poll(() => statuses(bench, 1).catch(() => 'refused')).toBe('refused');
    await expect.poll(() => statuses(bench, 1).catch(() => 'refused')).toEqual([200]);
  });

  it('are set by what is known, and stay as they are otherwise', async () => {
    const bench = await setup({ rate: 7 });
    for (const change of [{ surprise: 1 }, { rate: -1 }, { errorRate: 2 }, { refuseFor: 'long' }, 7]) {
      expect((await bench.control(change)).status).toBe(400);
    }
    expect(await jsonOf(bench, '/_control')).toMatchObject({ rate: 7, errorRate: 0 });
  });
});
