import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { systemClock } from '../../core/clock.ts';
import type { Io } from './io.ts';
import { launcherWatch, systemProcesses } from './launcher.ts';

/** The width of a terminal that does not report it. */
const USUAL_COLUMNS = 80;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** How often it is looked whether the npm that started this process is still there, in ms. */
const LOOK_MS = 250;

/** This process's own streams, signals and environment. */
export function processIo(): Io {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    async drained() {
      // What is not written any more is heard as a signal.
      if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain').catch(() => undefined);
    },
    get stdin() {
      return process.stdin;
    },
    isTTY: process.stdout.isTTY === true && process.stderr.isTTY === true,
    takesAnswers: process.stdin.isTTY === true,
    showsResults: process.stdout.isTTY === true,
    columns: process.stdout.columns ?? USUAL_COLUMNS,
    env: process.env,
    clock: systemClock,
    onSignal: hearSignals,
    onUncaught: hearUncaught,
    onDebugSignal: hearDebugSignal,
    ask,
  };
}

function hearSignals(listener: (signal: NodeJS.Signals) => void): () => void {
  const onLost = () => listener('SIGPIPE');
  const streams = [process.stdout, process.stderr];
  for (const signal of SIGNALS) process.on(signal, listener);
  for (const stream of streams) stream.on('error', onLost);
  const stopLooking = watchLauncher(() => listener('SIGHUP'));
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
    for (const stream of streams) stream.off('error', onLost);
    stopLooking();
  };
}

/** Promises that are rejected unheard are among them. */
function hearUncaught(listener: (thrown: unknown) => void): () => void {
  process.on('uncaughtException', listener);
  return () => process.off('uncaughtException', listener);
}

/** SIGUSR1 is Node's own: it starts the debugger. */
function hearDebugSignal(listener: () => void): () => void {
  process.on('SIGUSR2', listener);
  return () => process.off('SIGUSR2', listener);
}

/** Whoever has lost its npm is told once. */
function watchLauncher(onGone: () => void): () => void {
  const isThere = launcherWatch(process.pid, systemProcesses);
  if (isThere === undefined) return () => {};
  const timer = setInterval(() => {
    if (isThere()) return;
    clearInterval(timer);
    onGone();
  }, LOOK_MS).unref();
  return () => clearInterval(timer);
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
