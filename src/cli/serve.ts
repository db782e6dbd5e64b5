import type { App, Role } from '../app/app.ts';
import type { Clock } from '../core/clock.ts';
import { addedUp } from '../core/outcome.ts';
import { roundDuration } from '../core/units.ts';
import { orAfter } from '../flow/deadline.ts';
import type { Override } from '../settings/load.ts';
import { ACTIVITY, STARTED, STOPPING, SUMMARY } from '../telemetry/lines/role-lines.ts';
import type { Logging } from '../telemetry/logging.ts';
import { ActivitySummary } from './activity-summary.ts';
import { type Context, invocation, logTo, readSettings } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { startedRole } from './reports/role-facts.ts';
import { Output } from './terminal/output.ts';
import { countsText } from './terminal/progress.ts';

/** What a stop may take beyond its deadline, in ms; what still runs then goes back to the queue, and the next worker takes it. */
const LATE_MS = 500;

export interface Serving {
  readonly context: Context;
  readonly app: App;
  readonly log: Logging;
  /** Aborts when the process should stop. */
  readonly signal: AbortSignal;
}

export interface ServeDeps {
  readonly command: string;
  readonly roles: readonly Role[];
  readonly port: number | undefined;
  /** Of which a worker takes jobs beside those of its configuration. */
  readonly lanes?: readonly string[];
  /** What the process says and does once it runs; then it goes on until a signal. */
  readonly greet: (serving: Serving) => Promise<void>;
  /** For a process that ends by itself: resolves when it does, and soon after a signal. */
  readonly work?: (serving: Serving) => Promise<Ended>;
}

/** The end of a process that ends by itself. */
export interface Ended {
  readonly code: ExitCode;
  /** How it ended, and what to do next: a line each. */
  readonly words: string;
  readonly next: string | undefined;
}

/** Runs the services of some roles until a signal or the end of their work, and stops them: within two seconds after Ctrl-C, and after any other within five, or `workers.grace` and one and a half. */
export async function serve(
  given: Context,
  { command, roles, port, lanes = [], greet, work }: ServeDeps,
): Promise<ExitCode> {
  const { io, deps } = given;
  const signal = given.interrupts.claim('role');
  const settings = await readSettings(given, [...portOverride(port), ...debugOverride(given)]);
  if (roles.includes('worker')) given.interrupts.giveGrace(settings.workers.grace);
  const context = forCollectors(given, settings.log.format) ? inJson(given) : given;
  const { out } = context;
  const app = await deps.compose({ settings, roles, lanes, env: io.env, listens: true });
  given.time.goBy(app);
  const { level, format } = settings.log;
  const log = logTo(context, app, io.stdout, {
    ...{ level, roles },
    format: out.json ? 'json' : format,
  });
  given.interrupts.reportTo((error) => app.events.emit('problem', { where: 'this process ends', error }));
  given.interrupts.lastly(() => log.close());
  const stopToggling = io.onDebugSignal(() => app.logLevel.toggle('SIGUSR2'));
  const began = io.clock.elapsed();
  const serving = { context, app, log, signal };
  let stopping = false;
  let summary: ActivitySummary | undefined;
  try {
    await app.start();
    if (out.json) log.tell(STARTED, startedRole(app, command, roles));
    summary = summarize(app, log, io.clock);
    if (!signal.aborted) await greet(serving);
    const untilSignal = () => aborted(signal).then(() => endedBy(context, signal, command));
    const ended = await (work === undefined ? untilSignal() : work(serving));
    stopping = true;
    return await stopGently(serving, ended, began);
  } finally {
    if (!stopping) await app.stop(io.clock.now() + context.interrupts.stopMs);
    stopToggling();
    summary?.close();
    log.close();
  }
}

/** Where log lines are JSON for a machine, so is everything else that is said. */
function forCollectors({ io, out }: Context, format: 'auto' | 'json' | 'text'): boolean {
  return out.json || format === 'json' || (format === 'auto' && !io.isTTY);
}

/** What goes on is told by the log, unless it was asked for as events. */
function inJson(context: Context): Context {
  return context.out.json ? context : { ...context, out: new Output(context.io, true, false) };
}

function again(context: Context, command: string): string {
  return context.io.env.npm_lifecycle_event === 'start' ? 'npm start' : `${invocation(context)} ${command}`;
}

function portOverride(port: number | undefined): Override[] {
  return port === undefined ? [] : [{ path: 'api.port', value: String(port), origin: '--port' }];
}

/** So that this is the configured level, to which the log comes back. */
function debugOverride({ flags }: Context): Override[] {
  return flags.debug === true ? [{ path: 'log.level', value: 'debug', origin: '--debug' }] : [];
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function endedBy(context: Context, signal: AbortSignal, command: string): Ended {
  return {
    code: EXIT.ok,
    words: `${signal.reason}: stopping; what is in hand is finished or goes back to the queue`,
    next: `nothing is lost; start again with: ${again(context, command)}`,
  };
}

async function stopGently(
  { context, app, log, signal }: Serving,
  { code: wanted, words, next }: Ended,
  began: number,
): Promise<ExitCode> {
  const { io, out } = context;
  const reason = signal.aborted ? signal.reason : null;
  out.line();
  if (out.json) log.tell(STOPPING, { signal: reason });
  out.line(words);
  const asked = io.clock.elapsed();
  const gentle = context.interrupts.stopMs;
  const stopped = app.stop(io.clock.now() + gentle).then(() => true);
  const isStopped = await orAfter(io.clock, gentle + LATE_MS, stopped, () => false);
  const inTime = isStopped && app.unended() === 0;
  log.close();
  const now = io.clock.elapsed();
  const outcomes = addedUp(app.statistics().outcomes);
  const did = countsText({ counts: outcomes }) || 'no key ended here';
  out.line(`stopped in ${roundDuration(now - asked)}, after ${roundDuration(asked - began)}: ${did}`);
  if (!inTime)
    out.line('some work did not end in time; the queue hands it to the next worker, nothing is lost');
  else if (next !== undefined) out.line(next);
  const code = isStopped && !context.interrupts.hasFailed ? wanted : EXIT.unexpected;
  if (out.json) log.tell(SUMMARY, { exitCode: code, signal: reason, inTime, outcomes });
  return code;
}

/** What is due and queued is known to the jobs Redis, which may be away. */
function summarize(app: App, log: Logging, clock: Clock): ActivitySummary | undefined {
  const { settings, statistics, events } = app;
  const every = settings.log.summary;
  if (every === 0) return undefined;
  return new ActivitySummary({
    ...{ clock, every, statistics },
    left: () => app.left(),
    write: (did) => log.tell(ACTIVITY, did),
    onError: (error) => events.emit('problem', { where: 'summing up what this process did', error }),
  });
}
