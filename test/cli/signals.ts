/** Real processes, started as people start them, and what is left running when something ends what started them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { temporaryFolder } from '../support/settings.ts';
import { TEST_PATIENCE, until, within } from '../support/waiting.ts';

/** The processes that have this mark in their environment, as everything has that is started by one that has it. */
export function marked(mark: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      const isOurs = readFileSync(`/proc/${pid}/environ`, 'utf8').includes(mark);
      return isOurs ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')] : [];
    } catch {
      return [];
    }
  });
}

async function configured(): Promise<string> {
  const folder = await temporaryFolder();
  const config = join(folder, 'forewarm.yaml');
  const settings = {
    data: folder,
    tiers: { disk: { enabled: false } },
    origins: { markets: { kind: 'http', url: 'http://127.0.0.1:9' } },
    sources: { profile: { origin: 'markets', key: 'profile:{market}', request: { path: '/{market}' } } },
    log: { format: 'text' },
    api: { port: 0 },
  };
  await writeFile(config, JSON.stringify(settings));
  return config;
}

/** Runs it until it says that it is up. */
export async function started(words: readonly string[]) {
  const config = await configured();
  const mark = `TEST_MARK=${randomUUID()}`;
  const [name = '', value] = mark.split('=');
  const { PATH, HOME, FOREWARM_REDIS_SERVER } = process.env;
  const env = { PATH, HOME, [name]: value, ...(FOREWARM_REDIS_SERVER && { FOREWARM_REDIS_SERVER }) };
  const [program = '', ...rest] = words;
  const child = spawn(program, [...rest, '-c', config, 'up'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const isUp = (text: string) => text.includes('keeping it warm');
  await until('the start', async () => said, isUp);
  expect(marked(mark).join('\n')).toContain('redis.sock');
  return { child, mark, said: () => said };
}

async function goneAfter(signal: NodeJS.Signals, child: ChildProcess, mark: string): Promise<void> {
  const exit = once(child, 'exit');
  child.kill(signal);
  await within(TEST_PATIENCE, 'the exit', exit);
  await until(
    'the end of all that it started',
    async () => marked(mark),
    (left) => left.length === 0,
  );
}

export const NODE = [process.execPath, 'bin/forewarm.mjs'];
const NPM = ['npm', 'run', '-s', 'forewarm', '--'];
const NPX = ['npx', 'forewarm'];

export type Start = readonly [NodeJS.Signals, readonly string[]];

/** The hardest: nothing is told of a signal that ends npm at once. */
export const KILLED_NPM: Start = ['SIGKILL', NPM];

export const STARTS: readonly Start[] = [['SIGHUP', NODE], ['SIGTERM', NPM], KILLED_NPM, ['SIGTERM', NPX]];

/** Starts it, ends it, and waits until nothing of it is left. Returns whether it said goodbye. */
export async function endedBy([signal, words]: Start): Promise<boolean> {
  const { child, mark, said } = await started(words);
  await goneAfter(signal, child, mark);
  return said().includes('nothing is lost; start again with');
}
