import { z } from 'zod';
import { percent, timerFrom } from '../../core/options.ts';

/** Configured with the memory tier, and obeyed by who fills it (`client/memory-fill.ts`). */
export const fillOptions = {
  fill: z
    .strictObject({
      keys: z
        .int()
        .min(0)
        .max(1_000_000)
        .default(10_000)
        .describe('How many of the keys that were read most lately are copied at the most; 0: none.'),
      share: percent().prefault('90%').describe('The process is ready when so much of them was looked up.'),
      within: timerFrom(0).prefault('30s').describe('After this time it is ready in any case.'),
    })
    .prefault({})
    .describe(
      'A control API that starts copies what was read most into its memory, from the tiers below and never from an origin, hot sources first. A reader does so when it is asked to (`reader.ready()`).',
    ),
};
