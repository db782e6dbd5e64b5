/** The example origin, and the markets that are warmed from it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { byPopulation, loadAtlas } from '../examples/markets/places.ts';
import { startMarkets } from '../test/support/markets.ts';

export interface MarketSet {
  readonly ids: readonly string[];
  /** A CSV file with the ids. */
  readonly file: string;
}

export interface Markets {
  readonly url: string;
  readonly measured: MarketSet;
  /** Others, for contenders to get warm with. */
  readonly warmUp: MarketSet;
  /** How long the origin takes to answer, in ms. */
  latency(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** The most populous places of the world. */
export async function openMarkets(measured: number, warmUp: number): Promise<Markets> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-bench-'));
  const { places } = await loadAtlas();
  if (measured + warmUp > places.length) throw new Error(`there are only ${places.length} markets`);
  const ids = [...places].sort(byPopulation).map(({ id }) => id);
  const origin = await startMarkets();
  // What an origin answers it has at hand: the example origin works it out when it is first asked.
  await askForAll(origin.url, ids.slice(0, measured + warmUp));
  return {
    url: origin.url,
    measured: await writeSet(join(folder, 'measured.csv'), ids.slice(0, measured)),
    warmUp: await writeSet(join(folder, 'others.csv'), ids.slice(measured, measured + warmUp)),
    latency: async (latency) => {
      await origin.control({ latency, spread: 0 });
    },
    close: async () => {
      await origin.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function writeSet(file: string, ids: readonly string[]): Promise<MarketSet> {
  await writeFile(file, ['market', ...ids, ''].join('\n'));
  return { ids, file };
}

const AT_ONCE = 100;

async function askForAll(url: string, ids: readonly string[]): Promise<void> {
  for (let i = 0; i < ids.length; i += AT_ONCE) {
    const answer = await fetch(`${url}/markets/profiles?ids=${ids.slice(i, i + AT_ONCE)}`);
    await answer.arrayBuffer();
  }
}
