/** The one schema of the configuration, collected from what each owner declares. */
import { z } from 'zod';
import { consoleOptions } from '../api/console-options.ts';
import { apiOptions } from '../api/options.ts';
import { readerOptions } from '../client/options.ts';
import { name, path } from '../core/options.ts';
import type { Temperature } from '../core/source.ts';
import { httpOptions } from '../http/options.ts';
import { jobOptions } from '../jobs/options.ts';
import { originOptions } from '../origins/kinds.ts';
import { temperatureOptions } from '../policy/temperature.ts';
import { redisOptions } from '../redis/options.ts';
import { scheduleOptions } from '../schedules/options.ts';
import { logOptions } from '../telemetry/options.ts';
import { telemetryOptions } from '../telemetry/otel-options.ts';
import { codecOptions } from '../tiers/codec/options.ts';
import { tiersOptions } from '../tiers/kinds.ts';
import { workerOptions } from '../workers/options.ts';
import { entityOptions } from './entity-options.ts';
import { sourceOptions } from './source-options.ts';

/** The temperatures' defaults. */
const temperatureDefaults = {
  hot: { ttl: '5m', refreshAhead: '80%', grace: '10m', schedule: '* * * * *' },
  warm: { ttl: '1h', refreshAhead: '80%', grace: '6h', schedule: '*/10 * * * *' },
  cold: { ttl: '30h', refreshAhead: '90%', grace: '7d', schedule: '0 3 * * *' },
} as const satisfies Record<Temperature, Parameters<typeof temperatureOptions>[0]>;

const ages = { hot: 'Ages in minutes.', warm: 'Ages in hours.', cold: 'Ages in days.' };

const temperature = (which: Temperature) =>
  temperatureOptions(temperatureDefaults[which]).prefault({}).describe(ages[which]);

export const settingsSchema = z.strictObject({
  data: path()
    .default('.forewarm')
    .describe('The folder for what Forewarm keeps for itself, such as the files of the embedded Redis.'),
  redis: redisOptions.prefault({}).describe('The Redis servers.'),
  tiers: tiersOptions.prefault({}).describe('Where values are kept. Reads ask the tiers in this order.'),
  codec: codecOptions.prefault({}).describe('How bodies are stored below memory.'),
  temperatures: z
    .strictObject({ hot: temperature('hot'), warm: temperature('warm'), cold: temperature('cold') })
    .prefault({})
    .describe('How fast data ages: ttl, refresh-ahead point and schedule of the sources that name one.'),
  origins: z
    .record(name(), originOptions)
    .default({})
    .describe('The systems that values are fetched from, by a name of your choice, each with its budget.'),
  sources: z
    .record(name(), sourceOptions)
    .default({})
    .describe('The kinds of values that are kept warm, by a name of your choice.'),
  entities: z
    .record(name(), entityOptions)
    .default({})
    .describe('Lists of things to warm for, by a name of your choice.'),
  schedules: z
    .record(name(), scheduleOptions)
    .default({})
    .describe("Runs at set times, by a name of your choice, beside the temperatures' own schedules."),
  jobs: jobOptions.prefault({}).describe('How work is cut into jobs and retried.'),
  workers: workerOptions.prefault({}).describe('How jobs are run.'),
  reader: readerOptions.prefault({}).describe('Applications that read through `connect`.'),
  api: apiOptions.prefault({}).describe('The control API.'),
  console: consoleOptions.prefault({}).describe('The page on which people look at this installation.'),
  http: httpOptions.prefault({}).describe('Health and metrics of a process, in every role.'),
  log: logOptions.prefault({}).describe('What is logged.'),
  telemetry: telemetryOptions.prefault({}).describe('What is sent to a receiver of OpenTelemetry.'),
});

export type SettingsOutput = z.output<typeof settingsSchema>;
