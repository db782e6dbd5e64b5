/** The shapes of what `processes` and `lanes` return. */
import { z } from 'zod';
import { LOG_LEVELS } from '../core/log-level.ts';
import { runWait } from './runs/run-shapes.ts';
import { time } from './shapes.ts';

/** How a process is, by what it said last and when. */
export const PROCESS_HEALTHS = ['working', 'starting', 'draining', 'stuck', 'late', 'untold'] as const;

export const liveProcess = z.object({
  id: z.string(),
  name: z.string().describe('For people, such as `worker 4711 on host-a`.'),
  roles: z.array(z.string()).describe('`reader` of an application.'),
  host: z.string(),
  pid: z.int(),
  version: z.string().nullable().describe('Of the program; null of a version that does not tell.'),
  configuration: z
    .string()
    .nullable()
    .describe('A digest of what processes must agree on: two that differ warm by different configurations.'),
  startedAt: time(),
  seenAt: time().describe('When it reported this. After 15 seconds of silence it is not listed any more.'),
  health: z
    .enum(PROCESS_HEALTHS)
    .describe(
      '`draining`: it stops. `stuck`: something in it does not go on, though it could. `late`: it missed two reports. `untold`: readers and older versions do not say.',
    ),
  reasons: z.array(z.string()).describe('Why it is stuck.'),
  lanes: z
    .array(z.object({ lane: z.string(), active: z.int().describe('Jobs that it has under way.') }))
    .describe('Those whose jobs it takes; none of a process that is no worker.'),
  memory: z.object({ entries: z.int(), bytes: z.int() }).nullable().describe('What its memory tier holds.'),
  clockBehind: z
    .number()
    .nullable()
    .describe('By how many ms the clock of its host is behind that of the jobs Redis; null: not known.'),
  logLevel: z.enum(LOG_LEVELS).nullable().describe('Null of one without a log of its own.'),
});
export type LiveProcess = z.infer<typeof liveProcess>;

export const processList = z.object({
  at: time(),
  processes: z.array(liveProcess),
});
export type ProcessList = z.infer<typeof processList>;

const wait = () => z.number().nullable().describe('Milliseconds; null when no job was taken yet.');

export const lane = z.object({
  lane: z.string(),
  origin: z
    .string()
    .nullable()
    .describe('Whose calls its jobs make; null of `control`, and of an origin that is not configured.'),
  configured: z
    .boolean()
    .describe('False of a lane whose origin is configured here no more, and that still holds jobs.'),
  waiting: z.int().describe('Jobs that are ready.'),
  delayed: z.int().describe('Jobs that were put back until a time.'),
  active: z.int().describe('Jobs under way.'),
  failed: z.int().describe('Jobs that failed for good.'),
  oldest: time()
    .nullable()
    .describe(
      'Since when the oldest of the jobs that are ready is; null when none is. It tells of jobs that nobody takes, which `waited` does not.',
    ),
  waited: z
    .object({ jobs: z.int(), p50: wait(), p95: wait(), p99: wait() })
    .describe(
      'How long jobs were ready before they were taken first, in all live processes since each started.',
    ),
  workers: z
    .array(z.object({ id: z.string(), name: z.string(), active: z.int() }))
    .describe('The processes that take its jobs, as they told. An older version does not tell.'),
  waitsFor: z
    .array(runWait)
    .describe('What holds its jobs up: nobody who takes them, a pause and why, a quota, a budget in use.'),
});
export type LaneView = z.infer<typeof lane>;

export const laneList = z.object({
  at: time(),
  lanes: z.array(lane),
});
export type LaneList = z.infer<typeof laneList>;

/** The shapes that the API describes by name. */
export const processShapes = {
  ...{ LiveProcess: liveProcess, ProcessList: processList },
  ...{ Lane: lane, LaneList: laneList },
};
