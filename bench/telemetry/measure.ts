/** What telling costs: warming, starting, and reads from memory, with rounds of all modes in turn. */
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as api from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { connect } from '../../src/app/connect.ts';
import { runRound } from '../contender.ts';
import { median } from '../figures.ts';
import type { Markets } from '../markets.ts';
import { timeAll, timesAsFast } from '../read/rounds.ts';
import { inSandbox } from '../sandbox.ts';
import { MODE_NAMES, type Mode, variablesOf } from './modes.ts';

export type ByMode = Readonly<Record<Mode, readonly number[]>>;

const CONCURRENCY = 64;
const run = promisify(execFile);

/** Where to send to, while `act` runs. */
export async function withReceiver<T>(act: (endpoint: string) => Promise<T>): Promise<T> {
  const child = fork(fileURLToPath(new URL('./receiver.ts', import.meta.url)), { execArgv: [] });
  const [endpoint] = (await once(child, 'message')) as [string];
  try {
    return await act(endpoint);
  } finally {
    child.disconnect();
  }
}

/** There and back again: what a machine does to the first of a round, it does to the last of the next one. */
async function inTurn(rounds: number, measure: (mode: Mode) => Promise<number>): Promise<ByMode> {
  const results: Record<Mode, number[]> = { off: [], metrics: [], roots: [], steps: [], all: [] };
  const back = MODE_NAMES.toReversed();
  for (let round = 0; round < rounds; round += 1)
    for (const mode of round % 2 === 0 ? MODE_NAMES : back) results[mode].push(await measure(mode));
  return results;
}

/**
 * Keys per second, and microseconds of processor time for each, with one key per call of an origin that answers at once: the most
 * spans for each key. The former says little on a machine that has other work to do.
 */
export async function warming(markets: Markets, rounds: number, endpoint: string) {
  const processor: Record<Mode, number[]> = { off: [], metrics: [], roots: [], steps: [], all: [] };
  const rate = await inTurn(rounds, async (mode) => {
    const env = variablesOf(mode, endpoint);
    const round = { markets, latency: 0, concurrency: CONCURRENCY, profiles: undefined, env };
    const { keys, ms, cpuMs } = await runRound('forewarm', round);
    processor[mode].push((cpuMs * 1_000) / keys);
    console.error(`warming, ${mode}: ${Math.round((keys / ms) * 1_000)} keys/s`);
    return (keys / ms) * 1_000;
  });
  return { rate, processor: processor satisfies ByMode };
}

/** Processor time of a process that starts a worker with the control API, in ms. */
export function starting(rounds: number, endpoint: string): Promise<ByMode> {
  return inSandbox(async ({ redisUrl, folder }) => {
    const file = join(folder, 'forewarm.yaml');
    await writeFile(file, JSON.stringify({ data: folder, redis: { jobs: redisUrl }, api: { port: 0 } }));
    const program = fileURLToPath(new URL('./start.ts', import.meta.url));
    return inTurn(rounds, async (mode) => {
      const env = { PATH: process.env.PATH, ...variablesOf(mode, endpoint) };
      const { stdout } = await run(process.execPath, [program, file], { env });
      return Number(stdout);
    });
  });
}

/** How many times as fast reads from memory are by a reader that shows in the traces of its application, as by one that does not. */
export function reading(rounds: number, reads: number): Promise<number> {
  return inSandbox(async ({ redisUrl, folder }) => {
    const config = {
      ...{ data: folder, redis: { jobs: redisUrl } },
      origins: { o: { kind: 'http', url: 'http://127.0.0.1:9' } },
      sources: { s: { origin: 'o', key: 's:{id}', temperature: 'cold', request: { path: '/{id}' } } },
    };
    const plain = await connect({ config, env: {} });
    const sdk = new NodeSDK({ spanProcessors: [], metricReaders: [], logRecordProcessors: [] });
    sdk.start();
    const traced = await connect({ config, env: {} });
    await plain.set('s:1', { a: 1 });
    await traced.get('s:1');
    const act = (reader: typeof plain) => async (count: number) => {
      for (let i = 0; i < count; i += 1) await reader.get('s:1');
    };
    const inSpan = (reader: typeof plain) => (count: number) =>
      api.trace.getTracer('application').startActiveSpan('request', () => act(reader)(count));
    const timed = await timeAll(
      [
        { name: 'plain', act: inSpan(plain), count: reads },
        { name: 'traced', act: inSpan(traced), count: reads },
      ],
      rounds,
    );
    await Promise.all([plain.close(), traced.close(), sdk.shutdown()]);
    return timesAsFast(timed, 'traced', 'plain');
  });
}

/** The median over the rounds of what a mode takes or gives, for each of what nothing does. */
export function againstOff(results: ByMode, mode: Mode): number {
  return median(results[mode].map((value, round) => value / (results.off[round] ?? Number.NaN)));
}
