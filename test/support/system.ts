/**
 * A whole system in a folder of its own: a configuration, processes that run it, and a client in this process. It stands on
 * real servers that the test starts; nothing here depends on Vitest, so that scripts can use it, too.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { byPopulation, loadAtlas } from '../../examples/markets/places.ts';
import type { App } from '../../src/app/app.ts';
import { compose } from '../../src/app/compose.ts';
import { ForewarmError } from '../../src/core/errors.ts';
import { loadSettings } from '../../src/settings/load.ts';
import type { RunView } from '../../src/verbs/runs/run-shapes.ts';
import type { WarmRequest } from '../../src/verbs/runs/warm-request.ts';
import { type Forewarm, startForewarm } from './forewarm-process.ts';
import { TEST_PATIENCE, until } from './waiting.ts';

const EXAMPLE = new URL('../../examples/markets/markets.csv', import.meta.url);

export interface SystemOptions {
  /** How many markets the entity set `markets` has. */
  readonly markets: number;
  /** Top-level parts of the configuration, over those of `BASE`. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** Schedules fire when a test says so, crashed work is found soon, and nothing waits for a retry longer than needed. */
const BASE = {
  data: 'data',
  tiers: { memory: { maxSize: '64MB' }, disk: { path: 'data/cache.db' } },
  temperatures: Object.fromEntries(
    ['hot', 'warm', 'cold'].map((name) => [name, { ttl: '1h', schedule: '0 0 29 2 *', recover: '0' }]),
  ),
  jobs: { chunkSize: 100, backoff: '200ms', backoffMax: '1s', gc: { cron: '0 0 29 2 *' } },
  workers: { lock: '3s', stalledCheck: '1s' },
  entities: { markets: { csv: 'markets.csv', id: 'market' } },
  api: { port: 0 },
};

/** The markets' three kinds of values, one key per call. */
export function sourcesOf(origin: string, temperature = 'warm', names = ['profile']) {
  const source = (name: string) => ({
    origin,
    key: `${name}:{market}`,
    temperature,
    request: { path: `/markets/{market}/${name}` },
  });
  return Object.fromEntries(names.map((name) => [name, source(name)]));
}

export class System {
  readonly folder: string;
  /** The configuration's file. */
  readonly config: string;
  readonly markets: readonly string[];
  readonly #processes: Forewarm[] = [];
  readonly #apps: App[] = [];

  constructor(deps: { readonly folder: string; readonly markets: readonly string[] }) {
    this.folder = deps.folder;
    this.config = join(deps.folder, 'forewarm.yaml');
    this.markets = deps.markets;
  }

  /** Starts `forewarm` with these arguments; resolves when it reports that it has started. */
  async start(...args: readonly string[]): Promise<Forewarm> {
    const started = startForewarm(this.config, args);
    this.#processes.push(started);
    await started.event('started');
    return started;
  }

  /** The verbs, in this process, without a role. */
  async client(): Promise<App> {
    const settings = await loadSettings({ file: this.config, env: {} });
    const app = await compose({ settings, roles: [], env: process.env });
    this.#apps.push(app);
    await app.start();
    return app;
  }

  /** Ends every process at once. */
  async end(): Promise<void> {
    await Promise.all(this.#processes.splice(0).map((process) => process.end('SIGKILL')));
  }

  /** Ends every process at once, and removes the folder. */
  async close(): Promise<void> {
    await this.end();
    await Promise.all(this.#apps.map((app) => app.stop(Date.now() + 1_000)));
    await rm(this.folder, { recursive: true, force: true });
  }
}

export async function createSystem({ markets, config }: SystemOptions): Promise<System> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-system-'));
  const ids = await largest(markets);
  await writeFile(join(folder, 'markets.csv'), ['market', ...ids, ''].join('\n'));
  // JSON is YAML.
  await writeFile(join(folder, 'forewarm.yaml'), JSON.stringify({ ...BASE, ...config }, null, 2));
  return new System({ folder, markets: ids });
}

/** Ids of the most populous places: of the USA, as in the example, or of the world where those are too few. */
async function largest(count: number): Promise<string[]> {
  const [, ...rows] = (await readFile(EXAMPLE, 'utf8')).trim().split('\n');
  if (count <= rows.length) return rows.slice(0, count).map((row) => row.slice(0, row.indexOf(',')));
  const { places } = await loadAtlas();
  return [...places]
    .sort(byPopulation)
    .slice(0, count)
    .map(({ id }) => id);
}

/** Makes a run of everything, unless told otherwise. */
export async function warm({ verbs }: App, request: Partial<WarmRequest> = {}): Promise<string> {
  const all = { selector: '', force: false, missing: false };
  const { run } = await verbs.warm({ ...all, ...request }, 'api');
  return run.id;
}

/** Waits until so many keys of a run have ended. */
export function progressed({ verbs }: App, run: string, keys: number): Promise<RunView> {
  const far = ({ state, total, pending }: RunView) => state !== 'planning' && total - pending >= keys;
  return until(`key ${keys} of the run`, () => verbs.run(run), far);
}

/** Undefined while the jobs Redis is away, and a moment longer: connections that were lost are made anew after a pause. */
export async function unlessAway<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ForewarmError && error.code === 'E_REDIS_UNAVAILABLE') return undefined;
    throw error;
  }
}

export function finished({ verbs }: App, run: string, ms = TEST_PATIENCE): Promise<RunView> {
  return until(
    'the end of the run',
    () => verbs.run(run),
    ({ state }) => state === 'ended',
    ms,
  );
}
