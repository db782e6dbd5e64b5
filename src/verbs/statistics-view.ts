/** The shapes of what `stats` returns. */
import { z } from 'zod';
import { TEMPERATURES } from '../core/source.ts';
import { countsView, time } from './shapes.ts';

const milliseconds = () => z.number().nullable().describe('Milliseconds; null when there was none.');
const latency = { p50: milliseconds(), p95: milliseconds(), p99: milliseconds() };

export const statisticsView = z.object({
  reads: z
    .array(
      z.object({
        tier: z.string().describe('`stack` is the read as its caller saw it, over all tiers.'),
        source: z.string(),
        hits: z.int().describe('Keys that had a value within its ttl, or a remembered absence.'),
        stale: z.int().describe('Keys whose value was past its ttl, and still servable.'),
        misses: z.int().describe('Keys without anything servable.'),
        errors: z
          .int()
          .describe('Keys without an answer; of `stack`: that no tier had, while one did not answer.'),
      }),
    )
    .describe('Keys read, by tier and source. Each key asked of a tier counts once there.'),
  calls: z
    .array(
      z.object({
        ...{ tier: z.string(), verb: z.string() },
        calls: z.int(),
        failed: z.int(),
        keys: z.int(),
        ...latency,
      }),
    )
    .describe('Calls of tiers, each for a batch of keys. Latencies are of those that were answered.'),
  origins: z
    .array(
      z.object({
        ...{ origin: z.string(), source: z.string() },
        ...{ ok: z.int(), retryable: z.int(), throttled: z.int(), permanent: z.int(), keys: z.int() },
        ...latency,
      }),
    )
    .describe('Calls of origins, by result. Latencies are of those that were `ok`.'),
  coding: z
    .array(
      z.object({
        ...{ tier: z.string(), source: z.string() },
        plain: z.int().describe('Bytes of bodies before they were coded for the tier.'),
        stored: z.int().describe('Bytes that the tier was given.'),
        ratio: z.number().nullable().describe('`plain` by `stored`: 4 is a quarter of the size.'),
      }),
    )
    .describe('What compression and encryption made of bodies.'),
  evictions: z.array(
    z.object({
      tier: z.string(),
      keys: z.int().describe('Entries evicted to make room.'),
      unread: z.int().describe('Those that had not been read there before.'),
    }),
  ),
  corrupt: z.array(z.object({ tier: z.string(), entries: z.int() })),
  jobs: z.array(z.object({ kind: z.string(), ending: z.string(), jobs: z.int() })),
  problems: z.int().describe('What went wrong in the background; the log says what.'),
});
export type StatisticsView = z.infer<typeof statisticsView>;

export const processView = z.object({
  id: z.string(),
  roles: z.array(z.string()),
  host: z.string(),
  pid: z.int(),
  startedAt: time(),
  seenAt: time(),
  memory: z.object({ entries: z.int(), bytes: z.int() }).nullable().describe('What its memory tier holds.'),
  statistics: statisticsView.nullable().describe('Since it started; null when they cannot be read.'),
});
export type ProcessView = z.infer<typeof processView>;

export const statsView = z.object({
  at: time(),
  processes: z.array(processView),
  statistics: statisticsView.describe(
    'Of all live processes together, each since it started: counts are sums, percentiles those of all calls.',
  ),
  tiers: z.array(
    z.object({
      tier: z.string(),
      entries: z.int().describe('Of memory: in all processes, so that a key counts in each that holds it.'),
      bytes: z.int(),
      error: z.string().nullable(),
    }),
  ),
  sources: z.array(
    z.object({
      source: z.string(),
      temperature: z.enum(TEMPERATURES),
      keys: z.int(),
      due: z.int(),
      failing: z.int(),
      outcomes: countsView.describe('Of all processes, since the catalog began.'),
    }),
  ),
  origins: z.array(
    z.object({
      origin: z.string(),
      inFlight: z.int(),
      processes: z.int(),
      pausedUntil: time().nullable(),
      pauseReason: z.string().nullable(),
      rate: z.string().nullable(),
      concurrency: z.int(),
    }),
  ),
  lanes: z.array(
    z.object({ lane: z.string(), waiting: z.int(), delayed: z.int(), active: z.int(), failed: z.int() }),
  ),
});
export type StatsView = z.infer<typeof statsView>;
