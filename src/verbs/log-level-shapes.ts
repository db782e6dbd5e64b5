/** What the verbs of log levels take and return. */
import { z } from 'zod';
import { LOG_LEVELS, LONGEST_LEVEL_MS, USUAL_LEVEL_MS } from '../core/log-level.ts';
import { time, why } from './shapes.ts';

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
export type CheckedLevel = z.output<typeof logLevelRequest>;

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
