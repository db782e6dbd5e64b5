/** Parts that the shapes of several nouns are made of. */
import { z } from 'zod';
import { ANSWERS } from '../core/answer.ts';
import { INVALIDATION_MODES } from '../core/invalidation-mode.ts';
import { OUTCOMES } from '../core/outcome.ts';

export const time = () => z.number().describe('Milliseconds since the epoch.');

export const answer = () =>
  z
    .enum(ANSWERS)
    .describe(
      '`absent`: the origin says that it has no value. `missing`: nothing servable is stored. `unavailable`: a tier that may ' +
        'have one did not answer.',
    );

export const silentTier = z.object({
  tier: z.string(),
  reason: z.string().describe('Why it did not answer.'),
});

export const selectorText = () =>
  z
    .string()
    .describe(
      'Which keys, such as `source=profile entities=markets`. The empty selector is everything configured.',
    );

export const invalidationMode = () => z.enum(INVALIDATION_MODES);

export const countsView = z.record(z.enum(OUTCOMES), z.int());

/** Who asked for a run; a schedule asks by itself. */
export const CAUSES = ['api', 'cli', 'library', 'start'] as const;
export type Cause = (typeof CAUSES)[number];
