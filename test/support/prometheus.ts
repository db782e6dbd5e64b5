/** Prometheus and its tool: of the PATH, or as `scripts/prepare.mjs --tests` unpacks them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { freePort } from './redis-server.ts';
import { until } from './waiting.ts';

const DIST = '.forewarm/prometheus-dist/usr/bin';

function programOf(name: string): string {
  const folders = [...(process.env.PATH ?? '').split(delimiter), DIST];
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${name} is not here: run \`node scripts/prepare.mjs --tests\``);
  return found;
}

export interface ToolAnswer {
  /** Its exit code; 0 where it found nothing wrong. */
  readonly code: number | null;
  /** What it wrote, to whichever stream. */
  readonly said: string;
}

/** Runs promtool on files, or on what it is given. */
export async function promtool(args: readonly string[], input = ''): Promise<ToolAnswer> {
  const child = spawn(programOf('promtool'), args, { stdio: 'pipe' });
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, said: stdout + stderr };
}

/** One series of an answer: its labels, and its value now. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export interface RunningPrometheus {
  readonly url: string;
  /** What an expression gives now. Rejects with Prometheus's reason where it cannot be read. */
  query(expression: string): Promise<readonly Sample[]>;
  /** The JSON of a path of its API. */
  ask(path: string): Promise<unknown>;
}

/** A real server with that configuration; stopped when the test ends. Its data is in a folder of its own, beside `files`. */
export async function startPrometheus(
  config: string,
  files: Readonly<Record<string, string>> = {},
): Promise<RunningPrometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-prometheus-'));
  for (const [name, content] of Object.entries({ ...files, 'prometheus.yml': config })) {
    await writeFile(join(folder, name), content);
  }
  const port = await freePort();
  const child = spawn(
    programOf('prometheus'),
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  onTestFinished(() => stop(child, folder));
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url, child);
  return { url, query: (expression) => query(url, expression), ask: (path) => ask(url, path) };
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  const ended = once(child, 'exit');
  // What it has is of no use any more.
  if (child.exitCode === null && child.kill('SIGKILL')) await ended;
  await rm(folder, { recursive: true, force: true });
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  const isReady = async () => {
    if (child.exitCode !== null) throw new Error(`prometheus ended with ${child.exitCode}: ${said}`);
    return fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  };
  await until('prometheus', isReady, (ready) => ready);
}

async function ask(url: string, path: string): Promise<unknown> {
  const answer = (await (await fetch(url + path)).json()) as { data?: unknown; error?: string };
  if (answer.error !== undefined) throw new Error(answer.error);
  return answer.data;
}

async function query(url: string, expression: string): Promise<readonly Sample[]> {
  const data = await ask(url, `/api/v1/query?query=${encodeURIComponent(expression)}`).catch(
    ({ message }) => {
      throw new Error(`${expression}: ${message}`);
    },
  );
  const { result } = data as { result: readonly Sample[] };
  return result;
}
