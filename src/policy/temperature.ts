import { z } from 'zod';
import { duration, percent } from '../core/options.ts';
import { USUAL_TIMEZONE } from './local-time.ts';
import { SHORTEST_EVERY_MS } from './nominal-times.ts';

/** One temperature's defaults; `settings` gives each temperature its own. */
export function temperatureOptions(defaults: {
  readonly ttl: string;
  readonly refreshAhead: string;
  readonly grace: string;
  readonly schedule: string;
}) {
  return z.strictObject({
    ttl: duration().prefault(defaults.ttl).describe('How long a value is fresh.'),
    refreshAhead: percent()
      .prefault(defaults.refreshAhead)
      .describe('The share of the ttl after which a value is due for refresh.'),
    grace: duration().prefault(defaults.grace).describe('How long past its ttl a value may still be served.'),
    spread: percent()
      .prefault('10%')
      .describe(
        'By up to this share of the ttl a fetched value is due and stale earlier, different for each key, so that what was fetched together does not age together.',
      ),
    schedule: z
      .string()
      .default(defaults.schedule)
      .describe('When due keys of this temperature are refreshed (cron, five fields or six with seconds).'),
    timezone: z
      .string()
      .default(USUAL_TIMEZONE)
      .describe('Time zone of the schedule, such as America/Denver.'),
    recover: duration()
      .refine((ms) => ms === 0 || ms >= SHORTEST_EVERY_MS, { message: 'must be at least 1s, or 0 for never' })
      .prefault('1m')
      .describe(
        'How often what cannot wait for the next tick is refreshed: what is missing, dropped, failed, or stale before the next look. 0 is never.',
      ),
  });
}
