import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { systemClock } from '../../core/clock.ts';
import type { Io } from './io.ts';

/** The width of a terminal that does not report it. */
const USUAL_COLUMNS = 80;

/** This process's own streams, signals and environment. */
export function processIo(): Io {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    async drained() {
      if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
    },
    get stdin() {
      return process.stdin;
    },
    isTTY: process.stdout.isTTY === true && process.stderr.isTTY === true,
    showsResults: process.stdout.isTTY === true,
    columns: process.stdout.columns ?? USUAL_COLUMNS,
    env: process.env,
    clock: systemClock,
    onSignal(listener) {
      const signals = ['SIGINT', 'SIGTERM'] as const;
      for (const signal of signals) process.on(signal, listener);
      return () => {
        for (const signal of signals) process.off(signal, listener);
      };
    },
    ask,
  };
}

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const gone = new AbortController();
  terminal.once('SIGINT', () => gone.abort());
  terminal.once('close', () => gone.abort());
  try {
    return await terminal.question(question, { signal: gone.signal });
  } catch {
    process.stderr.write('\n');
    return '';
  } finally {
    terminal.close();
  }
}
