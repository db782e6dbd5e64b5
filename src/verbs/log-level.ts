/** The level of the logs of processes that run: read it, and change it for a while. */
import { z } from 'zod';
import type { ProcessBeat, Registry } from '../catalog/registry.ts';
import { type Methods, withChecks } from '../core/arguments.ts';
import type { Clock } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import {
  LOG_LEVELS,
  LONGEST_LEVEL_MS,
  type LogLevel,
  type LogLevelWish,
  USUAL_LEVEL_MS,
} from '../core/log-level.ts';
import { quote } from '../core/quote.ts';
import { byArgument, time, why } from './shapes.ts';

/** What a process is called that answers the request itself, and what all are. */
export const THIS_PROCESS = 'this';
export const ALL_PROCESSES = 'all';
/** Characters of an id that are enough to name a process. */
const SHORTEST_ID = 4;

const levelName = z.enum(LOG_LEVELS);

export const logLevelRequest = z
  .strictObject({
    level: z
      .enum([...LOG_LEVELS, 'configured'])
      .describe('The least severe level that is logged; `configured`: what the configuration says again.'),
    for: z
      .number()
      .min(1, 'is no time')
      .max(LONGEST_LEVEL_MS, 'is longer than a day; set `log.level` in the configuration')
      .default(USUAL_LEVEL_MS)
      .describe('Milliseconds, after which the configured level counts again; a day at most.'),
    process: z
      .string()
      .min(SHORTEST_ID - 1)
      .max(100)
      .default(ALL_PROCESSES)
      .describe(
        '`all`, the beginning of the id of one, or `this`: the one that is asked, which needs no Redis. Processes that start meanwhile are among all.',
      ),
    why: why(),
  })
  .meta({ examples: [{ level: 'debug', for: 600_000 }] });
export type LogLevelRequest = z.input<typeof logLevelRequest>;
type CheckedLevel = z.output<typeof logLevelRequest>;

export const logLevelView = z.object({
  processes: z.array(
    z.object({
      id: z.string(),
      host: z.string(),
      pid: z.int(),
      roles: z.array(z.string()),
      level: levelName,
      configured: levelName,
      until: time().nullable().describe('When the configured level counts again; null: it does.'),
    }),
  ),
  asked: z
    .array(
      z.object({
        process: z.string().describe('`all`, or the id of one.'),
        level: levelName.nullable().describe('Null: what is configured.'),
        by: z.string(),
        at: time(),
        until: time(),
      }),
    )
    .describe('What is asked for and not over. Processes follow within four seconds.'),
});
export type LogLevelView = z.infer<typeof logLevelView>;

/** The shapes that the API describes by name. */
export const logLevelShapes = { LogLevels: logLevelView };

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
