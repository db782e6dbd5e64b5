/** The shapes of `bench`. */
import { z } from 'zod';
import { selectorText } from '../shapes.ts';
import { timing } from './timing.ts';

export const benchRequest = z.strictObject({
  selector: selectorText().default(''),
  keys: z
    .int()
    .min(1)
    .max(10_000)
    .default(200)
    .describe('Work on so many stored values, and at most 32 MiB.'),
  calls: z.int().min(0).max(1_000).default(3).describe('Calls to origins, in all; 0 is none.'),
});
export type BenchRequest = z.infer<typeof benchRequest>;

export const benchReport = z.object({
  selector: z.string(),
  at: z.number().describe('Milliseconds since the epoch.'),
  keys: z.int().describe('Values that were worked on.'),
  bytes: z.int().describe('Of their bodies.'),
  tiers: z.array(
    z.object({
      tier: z.string(),
      held: z.int().describe('How many of the values it holds.'),
      ...{
        get: timing.nullable(),
        getMany: timing.nullable(),
        put: timing.nullable(),
        putMany: timing.nullable(),
      },
      left: z.int().describe('Scratch entries that are left: they are empty and gone.'),
      error: z.string().nullable(),
    }),
  ),
  compression: z.array(
    z.object({
      with: z.enum(['zstd', 'gzip', 'brotli']),
      level: z.int(),
      bodies: z.int(),
      ratio: z.number().describe('Plain bytes by compressed ones.'),
      compressPerSecond: z.int().describe('Plain bytes.'),
      decompressPerSecond: z.int().describe('Plain bytes.'),
    }),
  ),
  origins: z.array(
    z.object({
      ...{ source: z.string(), origin: z.string(), call: timing.nullable() },
      tier: z.string().nullable().describe('The nearest tier that holds values.'),
      timesFaster: z.number().nullable().describe('A read of one key there, beside a call.'),
      error: z.string().nullable(),
    }),
  ),
});
export type BenchReport = z.infer<typeof benchReport>;
