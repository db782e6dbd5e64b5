/** The example origin as a process of its own, on a free port; it ends with the test, or with this process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { MarketsChange } from '../../examples/markets/origin.ts';
import type { Switches } from '../../examples/markets/switches.ts';
import type { Counters } from '../../examples/markets/traffic.ts';
import { childEnvironment } from './child-environment.ts';

const ORIGIN = fileURLToPath(new URL('../../examples/markets/origin.ts', import.meta.url));

export interface Markets {
  readonly url: string;
  counters(options?: { readonly keys?: boolean }): Promise<Counters>;
  resetCounters(): Promise<void>;
  control(change: MarketsChange): Promise<Switches>;
  stop(): Promise<void>;
}

/** Without limits, latency and faults, unless they are given. */
export async function startMarkets(options: Partial<Switches> = {}): Promise<Markets> {
  const child = spawn(process.execPath, [ORIGIN, '--port', '0', '--attached'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: childEnvironment(),
  });
  const url = await urlOf(child);
  /** The type of the origin's own answers is not checked. */
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetch(url + path, init);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  const markets: Markets = {
    url,
    counters: ({ keys = false } = {}) => call('GET', keys ? '/_counters?keys=1' : '/_counters'),
    resetCounters: async () => {
      await call('POST', '/_counters/reset');
    },
    control: (change) => call('POST', '/_control', change),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.stdin?.end();
      await once(child, 'exit');
    },
  };
  await markets.control({ rate: 0, concurrency: 0, latency: 0, ...options });
  return markets;
}

function urlOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen = '';
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the markets origin exited with ${code}: ${seen}`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
      const url = /on (http:\S+)\n/.exec(seen)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
}
