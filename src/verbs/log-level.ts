/** The level of the logs of processes that run: read it, and change it for a while. */
import type { ProcessBeat, Registry } from '../catalog/registry.ts';
import { type Methods, withChecks } from '../core/arguments.ts';
import type { Clock } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import type { LogLevel, LogLevelWish } from '../core/log-level.ts';
import { quote } from '../core/quote.ts';
import {
  ALL_PROCESSES,
  type CheckedLevel,
  type LogLevelRequest,
  type LogLevelView,
  logLevelRequest,
  THIS_PROCESS,
} from './log-level-shapes.ts';
import { byArgument } from './shapes.ts';

export interface LogLevelVerbs {
  /** The level of each process that logs, as it last reported. */
  logLevel(): Promise<LogLevelView>;
  /** Rejects with `E_NOT_FOUND` where no such process lives. */
  setLogLevel(request: LogLevelRequest, by?: string): Promise<LogLevelView>;
}

export interface LogLevelVerbsDeps {
  readonly registry: Pick<Registry, 'processes' | 'askLogLevel' | 'logLevels'>;
  readonly clock: Clock;
  /** This process. */
  readonly self: { readonly id: string };
  readonly logLevel: LogLevel;
}

const methods = {
  logLevel: [],
  setLogLevel: [['request', logLevelRequest], byArgument],
} as const satisfies Methods;

export function logLevelVerbs(deps: LogLevelVerbsDeps): LogLevelVerbs {
  return withChecks(methods, {
    logLevel: () => viewOf(deps),
    setLogLevel: (request, by) => change(deps, request, by),
  });
}

async function viewOf({ registry, clock, self, logLevel }: LogLevelVerbsDeps): Promise<LogLevelView> {
  const now = clock.now();
  const [beats, wishes] = await Promise.all([registry.processes(now), registry.logLevels(now)]);
  return {
    processes: beats.flatMap((beat) => rowsOf(beat, beat.id === self.id ? logLevel : beat.log)),
    asked: [...wishes].map(([process, wish]) => ({ process, ...wish })),
  };
}

type Levels = NonNullable<ProcessBeat['log']>;

/** None of a process that has no log of its own, such as an application's. */
function rowsOf(
  { id, host, pid, roles, log }: ProcessBeat,
  levels: Levels | undefined,
): LogLevelView['processes'] {
  if (log === undefined || levels === undefined) return [];
  const { level, configured, until } = levels;
  return [{ id, host, pid, roles: [...roles], level, configured, until: until ?? null }];
}

async function change(deps: LogLevelVerbsDeps, request: CheckedLevel, by: string): Promise<LogLevelView> {
  const { registry, clock, logLevel } = deps;
  const at = clock.now();
  const level = request.level === 'configured' ? null : request.level;
  const wish: LogLevelWish = { level, by, at, until: at + request.for };
  if (request.process === THIS_PROCESS) {
    logLevel.follow(wish);
    // It is done, whether or not the others can be listed.
    return viewOf(deps).catch(() => ({ processes: [], asked: [{ process: deps.self.id, ...wish }] }));
  }
  const { process } = request;
  await registry.askLogLevel(process === ALL_PROCESSES ? process : await idOf(deps, process), wish);
  return viewOf(deps);
}

async function idOf({ registry, clock }: LogLevelVerbsDeps, start: string): Promise<string> {
  const beats = await registry.processes(clock.now());
  const found = beats.filter(({ id, log }) => log !== undefined && id.startsWith(start));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only.id;
  if (found.length > 1)
    throw new ForewarmError(
      'E_REQUEST_INVALID',
      `${found.length} processes have an id that begins with ${quote(start)}: give more of it`,
    );
  throw new ForewarmError(
    'E_NOT_FOUND',
    `no process that logs has an id that begins with ${quote(start)}: \`forewarm log-level\` lists them`,
    { details: { process: start } },
  );
}
