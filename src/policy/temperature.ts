import { z } from 'zod';
import { duration, percent } from '../core/options.ts';

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
    schedule: z
      .string()
      .default(defaults.schedule)
      .describe('When due keys of this temperature are refreshed (cron, five fields or six with seconds).'),
    timezone: z
      .string()
      .optional()
      .describe("Time zone of the schedule, such as America/Denver; absent is the machine's."),
  });
}
