/** The `forewarm` command as a process of its own, with `--json`: it prints an event per line. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from './child-environment.ts';
import { TEST_PATIENCE, until, within } from './waiting.ts';

const BIN = fileURLToPath(new URL('../../bin/forewarm.mjs', import.meta.url));

export interface Said {
  readonly event?: string;
  readonly [field: string]: unknown;
}

export interface Forewarm {
  readonly pid: number;
  readonly said: readonly Said[];
  /** The first event of this name, printed already or yet to come. */
  event(name: string, ms?: number): Promise<Said>;
  /** Resolves with the exit code, or the signal that ended it, once it has ended. */
  end(signal?: NodeJS.Signals, ms?: number): Promise<number | string>;
}

/** `env`: beside what every process is given. */
export function startForewarm(
  config: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Forewarm {
  const child = spawn(process.execPath, [BIN, '-c', config, '--json', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...childEnvironment(), ...env },
  });
  const said: Said[] = [];
  let stderr = '';
  createInterface({ input: child.stdout }).on('line', (line) => said.push(JSON.parse(line)));
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-5_000);
  });
  const ended = endOf(child);
  const state = async () => {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(
        `forewarm ${args.join(' ')} ended with ${child.exitCode ?? child.signalCode}: ${stderr}`,
      );
    }
  };
  return {
    pid: child.pid ?? 0,
    said,
    async event(name, ms = TEST_PATIENCE) {
      const find = () => said.find(({ event }) => event === name);
      await until(
        `event "${name}" of forewarm ${args.join(' ')}`,
        async () => find() ?? state(),
        Boolean,
        ms,
      );
      return find() ?? {};
    },
    async end(signal, ms = TEST_PATIENCE) {
      if (signal !== undefined) child.kill(signal);
      return within(ms, `the end of forewarm ${args.join(' ')}`, ended);
    },
  };
}

async function endOf(child: ChildProcess): Promise<number | string> {
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return code ?? String(signal);
}

/** Runs a command to its end. Returns its exit code and what it wrote to stdout. */
export async function runForewarm(
  config: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly code: number | string; readonly stdout: Buffer }> {
  const child = spawn(process.execPath, [BIN, '-c', config, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...childEnvironment(), ...env },
  });
  const [code, stdout] = await within(
    TEST_PATIENCE,
    args.join(' '),
    Promise.all([endOf(child), buffer(child.stdout)]),
  );
  return { code, stdout };
}
