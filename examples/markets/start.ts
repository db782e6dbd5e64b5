/**
 * `npm start`: the example origin in a process of its own, then `forewarm up --warm` on `config/forewarm.yaml`. Flags go on
 * to `forewarm up`: `npm start -- --port 8080`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ORIGIN_PORT = 7070;
/** What the origin itself refuses to exceed: a little above what `config/forewarm.yaml` asks of it. */
const LIMITS = ['--rate', '240', '--concurrency', '20', '--latency', '25ms'];

if (process.env.MARKETS_URL === undefined) {
  const port = (await isFree(ORIGIN_PORT)) ? ORIGIN_PORT : 0;
  const file = fileURLToPath(new URL('./origin.ts', import.meta.url));
  // Its input is a pipe from this process: when this process ends, however it ends, so does the origin. In a process group
  // of its own it does not get a terminal's Ctrl-C, and answers until the workers have stopped.
  const origin = spawn(process.execPath, [file, '--port', String(port), '--attached', ...LIMITS], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const lines = createInterface({ input: origin.stdout });
  const [line] = (await Promise.race([
    once(lines, 'line'),
    once(origin, 'exit').then(() => Promise.reject(new Error('the example origin did not start'))),
  ])) as [string];
  process.env.MARKETS_URL = /https?:\/\/\S+/.exec(line)?.[0] ?? '';
  console.log(`the example origin serves markets at ${process.env.MARKETS_URL}`);
}

process.argv.splice(2, process.argv.length, 'up', '--warm', ...flagsOf(process.argv.slice(2)));
await import('../../bin/forewarm.mjs');

function flagsOf(words: readonly string[]): string[] {
  return words.length > 0 && !words[0]?.startsWith('-') ? [] : [...words];
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  const free = await new Promise<boolean>((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => resolve(true));
  });
  probe.close();
  return free;
}
