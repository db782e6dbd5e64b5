/** Parts that the shapes of several nouns are made of. */
import { z } from 'zod';
import { INVALIDATION_MODES } from '../core/invalidation-mode.ts';
import { OUTCOMES } from '../core/outcome.ts';

export const time = () => z.number().describe('Milliseconds since the epoch.');

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
