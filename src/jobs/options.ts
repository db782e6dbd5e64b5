import { z } from 'zod';
import { QUARANTINE } from '../catalog/catalog.ts';
import { duration, durationFrom } from '../core/options.ts';
import { formatDuration } from '../core/units.ts';

export const jobOptions = z.strictObject({
  chunkSize: z
    .int()
    .min(1)
    .max(10_000)
    .default(200)
    .describe('Keys per job. A source with a batch request uses at least five batches.'),
  attempts: z
    .int()
    .min(1)
    .max(50)
    .default(5)
    .describe(
      'How often a run tries a key before it becomes a dead letter. Each try is up to three calls, shortly after each other, where the origin fails in a way that may pass.',
    ),
  backoff: duration()
    .prefault('2s')
    .describe(
      'Ceiling of the first wait between two tries; it doubles each time, and the wait is drawn from 0 to it.',
    ),
  backoffMax: duration().prefault('2m').describe('No wait between two tries is longer.'),
  outage: duration()
    .prefault('10m')
    .describe(
      'An origin that gave no answer for this long, or no other than "slow down", is given up on: keys fail instead of waiting for it.',
    ),
  quarantine: z
    .strictObject({
      after: z
        .int()
        .min(0)
        .max(1_000)
        .default(QUARANTINE.after)
        .describe(
          'How many times in a row a key has failed or been refused when it is set aside; 0: none is. A run counts once, as does a refresh, however often it tried the key. Decided at each failure: keys that are set aside stay so where this is changed, until they are tried or released.',
        ),
      retry: durationFrom(1_000)
        .prefault(formatDuration(QUARANTINE.retryMs))
        .describe('How long after that it is tried again, once each time.'),
    })
    .prefault({})
    .describe(
      'Keys that fail again and again are set aside: runs leave them out, refreshes try them seldom, and `forewarm quarantine` lists and releases them.',
    ),
  history: z
    .strictObject({
      keep: z.int().min(1).default(1_000).describe('Ended runs beyond this many are trimmed, oldest first.'),
      maxAge: duration().prefault('30d').describe('Runs that ended longer ago are trimmed.'),
      ticks: z
        .int()
        .min(1)
        .max(100_000)
        .default(1_000)
        .describe('How the last times of each schedule ended: so many of them are remembered.'),
      actions: z
        .int()
        .min(1)
        .max(100_000)
        .default(10_000)
        .describe('Who changed what, by commands, the API and the library: so many actions are remembered.'),
      actionAge: duration().prefault('90d').describe('Actions that ended longer ago are forgotten.'),
    })
    .prefault({})
    .describe('How long ended runs, how the times of schedules ended, and who changed what are remembered.'),
  gc: z
    .strictObject({
      cron: z.string().default('17 * * * *').describe('When `gc` runs by itself.'),
    })
    .prefault({})
    .describe('Removing what is expired.'),
});
