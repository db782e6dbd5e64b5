/** What is told of reads that are reported, and of how much refreshing pays. */
import { z } from 'zod';
import { TEMPERATURES } from '../core/source.ts';
import { time } from './shapes.ts';

export const reportedReads = z.object({
  since: time()
    .nullable()
    .describe(
      'Since when reads of the source are reported without a gap; null: nobody reported any in the last hour.',
    ),
  overMs: z
    .number()
    .describe(
      'Over how much of the last hour they were, in ms. Less than an hour is too short to say that a key is not worth it.',
    ),
  by: z
    .array(z.string())
    .describe('Processes that report them, such as `reader 4711 on host-a`, as far as they run.'),
});

export const sourceWorth = z.object({
  source: z.string(),
  temperature: z.enum(TEMPERATURES),
  keys: z.int().describe('Keys selected that are kept warm.'),
  everyMs: z.number().describe('Each is refreshed about as often, in ms.'),
  reported: z
    .boolean()
    .describe(
      'Whether any read of the source was reported. Programs that read a tier themselves report nothing: then nothing follows.',
    ),
  since: reportedReads.shape.since,
  overMs: reportedReads.shape.overMs,
  by: reportedReads.shape.by,
  reads: z.number().describe('Reads of these keys in `overMs`, an estimate.'),
  worth: z.int().describe('Keys that are read at least once for each refresh.'),
  seldom: z.int().describe('Keys that are read, and refreshed more often than that.'),
  unread: z
    .int()
    .describe('Keys that are refreshed within the hour, and of which no read was reported in it.'),
  untold: z
    .int()
    .describe(
      'Keys of which nothing follows: no read was reported, and they are refreshed less than once an hour, nobody reports reads of the source or not for an hour yet, or it has more keys than are counted.',
    ),
  callsPerDay: z.number().describe('Calls to the origin that refreshing these keys takes, about.'),
  callsUnread: z.number().describe('Those for keys that are unread.'),
  samples: z.array(z.string()).describe('Some of the unread keys.'),
});
export const worthReport = z.object({
  selector: z.string(),
  overMs: z.number().describe('What reads are counted over at most, in ms.'),
  sources: z.array(sourceWorth).describe('Those with the most calls for unread keys first.'),
});
export type WorthReport = z.infer<typeof worthReport>;

/** The shapes that the API describes by name. */
export const worthShapes = { Worth: worthReport };
