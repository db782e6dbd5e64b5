import type { App, Role } from '../app/app.ts';
import type { Statistics } from '../core/metrics/statistics.ts';
import { type Counts, countsOf, OUTCOMES } from '../core/outcome.ts';
import { roundDuration } from '../core/units.ts';
import { orAfter } from '../flow/deadline.ts';
import type { Override } from '../settings/load.ts';
import type { Logging } from '../telemetry/logging.ts';
import { type Context, invocation, logTo, readSettings } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
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
  /** What the process says and does once it runs; then it goes on until a signal. */
  readonly greet: (serving: Serving) => Promise<void>;
}

/** Runs the services of some roles until a signal, and stops them: within two seconds after Ctrl-C, and five after any other. */
export async function serve(given: Context, { command, roles, port, greet }: ServeDeps): Promise<ExitCode> {
  const { io, deps } = given;
  const signal = given.interrupts.claim('role');
  const settings = await readSettings(given, [...portOverride(port), ...debugOverride(given)]);
  const context = forCollectors(given, settings.log.format, roles) ? inJson(given) : given;
  const { out } = context;
  const app = await deps.compose({ settings, roles, env: io.env, listens: true });
  given.time.goBy(app);
  const { level, format } = settings.log;
  const log = logTo(context, app, io.stdout, {
    level,
    format: out.json ? 'json' : formatOf(format, roles),
    roles,
  });
  given.interrupts.reportTo((error) => app.events.emit('problem', { where: 'this process ends', error }));
  const stopToggling = io.onDebugSignal(() => app.logLevel.toggle('SIGUSR2'));
  const began = io.clock.elapsed();
  let stopping = false;
  try {
    await app.start();
    out.event({ event: 'started', command, roles, apiUrl: app.apiUrl ?? null, httpUrl: app.httpUrl ?? null });
    if (!signal.aborted) await greet({ context, app, log, signal });
    await aborted(signal);
    stopping = true;
    return await stopGently({ context, app, log, signal }, command, began);
  } finally {
    if (!stopping) await app.stop(io.clock.now() + context.interrupts.stopMs);
    stopToggling();
    log.close();
  }
}

/** Everything in one process is for a person to look at; a role by itself logs for whatever collects its output. */
function formatOf(format: 'auto' | 'json' | 'text', roles: readonly Role[]): 'auto' | 'json' | 'text' {
  return format === 'auto' && roles.length > 1 ? 'text' : format;
}

/** Where log lines are JSON for a machine, so is everything else that is said. */
function forCollectors(
  { io, out }: Context,
  format: 'auto' | 'json' | 'text',
  roles: readonly Role[],
): boolean {
  return out.json || format === 'json' || (format === 'auto' && roles.length === 1 && !io.isTTY);
}

function inJson(context: Context): Context {
  return { ...context, out: new Output(context.io, true) };
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

async function stopGently(
  { context, app, log, signal }: Serving,
  command: string,
  began: number,
): Promise<ExitCode> {
  const { io, out } = context;
  out.line();
  out.event({ event: 'stopping', signal: signal.reason });
  out.line(`${signal.reason}: stopping; what is in hand is finished or goes back to the queue`);
  const asked = io.clock.elapsed();
  const gentle = context.interrupts.stopMs;
  const stopped = app.stop(io.clock.now() + gentle).then(() => true);
  const inTime = await orAfter(io.clock, gentle + LATE_MS, stopped, () => false);
  log.close();
  const now = io.clock.elapsed();
  const keys = outcomesOf(app.statistics());
  const did = countsText({ counts: keys }) || 'no key ended here';
  out.line(`stopped in ${roundDuration(now - asked)}, after ${roundDuration(asked - began)}: ${did}`);
  out.line(
    inTime
      ? `nothing is lost; start again with: ${again(context, command)}`
      : 'some work did not end in time; the queue hands it to the next worker, nothing is lost',
  );
  const code = inTime && !context.interrupts.hasFailed ? EXIT.ok : EXIT.unexpected;
  out.event({ event: 'summary', exitCode: code, signal: signal.reason, keys });
  return code;
}

function outcomesOf({ outcomes }: Statistics): Counts {
  const total = (name: (typeof OUTCOMES)[number]) => outcomes.reduce((sum, row) => sum + row[name], 0);
  return countsOf(Object.fromEntries(OUTCOMES.map((name) => [name, total(name)])));
}
