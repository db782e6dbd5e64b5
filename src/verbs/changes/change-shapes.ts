/** What a stream of changes tells: one shape for each kind of thing that is looked at. */

import { z } from 'zod';
import { AUDIT_OUTCOMES } from '../../catalog/audit-log.ts';
import { ENDED_REASONS, RUN_CAUSES, RUN_STATES } from '../../catalog/runs/runs.ts';
import { SKIP_REASONS } from '../../core/skip-reason.ts';
import { BREAKER_STATES } from '../breaker.ts';
import { countsView, time } from '../shapes.ts';

const gone = z.boolean().describe('It is not there any more: what else is said of it was so before.');
const pause = z.object({ since: time(), until: time().nullable(), by: z.string(), why: z.string() });

const kinds = {
  run: z.object({
    kind: z.literal('run'),
    name: z.string().describe('The id of the run.'),
    gone,
    state: z.enum(RUN_STATES),
    endedReason: z.enum(ENDED_REASONS).nullable(),
    cause: z.enum(RUN_CAUSES),
    schedule: z.string().nullable(),
    total: z.int(),
    pending: z.int(),
    counts: countsView,
    revision: z.int().describe('Grows with every change of the run.'),
    createdAt: time(),
  }),
  tick: z.object({
    kind: z.literal('tick'),
    name: z.string().describe('The schedule.'),
    gone,
    nominal: time().describe('The time that it named.'),
    run: z.string().nullable().describe('The run that it made.'),
    skipped: z
      .object({
        reason: z.enum(SKIP_REASONS),
        note: z.string().describe('More about that: who, why, or the run that had not ended.'),
        from: time().describe('The first time of a range; the same as `nominal` otherwise.'),
        count: z.number().nullable().describe('How many times it stands for; null: too many to count.'),
        at: time().describe('When it was skipped.'),
      })
      .nullable()
      .describe('Why it was skipped; null: it fired.'),
  }),
  schedule: z.object({
    kind: z.literal('schedule'),
    name: z.string(),
    gone,
    paused: pause.nullable().describe('Null: it fires. `until` null: it is paused until it is resumed.'),
    leftOut: z.array(time()).describe('Coming times that it is to leave out.'),
  }),
  origin: z.object({
    kind: z.literal('origin'),
    name: z.string(),
    gone,
    paused: z
      .object({ until: time(), reason: z.string() })
      .nullable()
      .describe('Until when nobody calls it, and why.'),
    lowered: z
      .object({ since: time(), reason: z.string() })
      .nullable()
      .describe('Since when, and why, less than the configured limits holds.'),
    breaker: z.enum(BREAKER_STATES).describe('Whether it answers, and is called.'),
    concurrency: z.int().describe('The limit that holds.'),
    perSecond: z.number().nullable().describe('The limit that holds; null: any.'),
  }),
  quarantine: z.object({
    kind: z.literal('quarantine'),
    name: z.string().describe('The source.'),
    gone: gone.describe('It has none any more.'),
    keys: z.int().describe('Its keys that are set aside, as last measured.'),
  }),
  'dead-letters': z.object({
    kind: z.literal('dead-letters'),
    name: z.literal(''),
    gone,
    keys: z.int().describe('Keys that failed for good.'),
    latest: time().nullable().describe('When the last one of them did.'),
  }),
  measured: z.object({
    kind: z.literal('measured'),
    name: z.literal(''),
    gone,
    measuredAt: time().describe('When the gauges of the whole service were measured.'),
  }),
  audit: z.object({
    kind: z.literal('audit'),
    name: z.string().describe('The id of the record.'),
    gone,
    who: z.string(),
    verb: z.string(),
    outcome: z.enum(AUDIT_OUTCOMES),
    endedAt: time(),
  }),
  process: z.object({
    kind: z.literal('process'),
    name: z.string().describe('Its id.'),
    gone,
    roles: z.array(z.string()),
    host: z.string(),
    pid: z.int(),
    version: z.string().nullable(),
    startedAt: time(),
  }),
};

export const change = z.discriminatedUnion('kind', [
  kinds.run,
  kinds.tick,
  kinds.schedule,
  kinds.origin,
  kinds.quarantine,
  kinds['dead-letters'],
  kinds.measured,
  kinds.audit,
  kinds.process,
]);
/** How a thing is after it changed. */
export type Change = z.infer<typeof change>;

/** Why a client is to read again what it shows. */
const RESYNCS = ['begin', 'missed', 'back'] as const;
export const resync = z.object({
  reason: z
    .enum(RESYNCS)
    .describe(
      '`begin`: changes are told from now on. `missed`: more changed than the client read. `back`: the jobs Redis was away.',
    ),
});
export const resumed = z
  .object({ changes: z.number() })
  .describe('Nothing was missed: so many changes follow that happened meanwhile.');
export const away = z
  .object({ reason: z.string() })
  .describe('The jobs Redis does not answer: nothing is known until `resync`.');

/** One event of the stream. Its id tells `changes` where to go on. */
export type ChangeEvent = { readonly id: string } & (
  | { readonly event: 'change'; readonly data: Change }
  | { readonly event: 'resync'; readonly data: z.infer<typeof resync> }
  | { readonly event: 'resumed'; readonly data: z.infer<typeof resumed> }
  | { readonly event: 'away'; readonly data: z.infer<typeof away> }
);

/** The shapes that the API describes by name. */
export const changeShapes = { Change: change };
