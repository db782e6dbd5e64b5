import type { z } from 'zod';
import type { ConsoleOptions } from '../api/console-options.ts';
import type { ApiOptions } from '../api/options.ts';
import type { EntitySetOptions } from '../catalog/entities/options.ts';
import type { readerOptions } from '../client/options.ts';
import type { ListPlace } from '../core/list.ts';
import type { Temperature } from '../core/source.ts';
import type { Sources } from '../core/sources.ts';
import type { HttpOptions } from '../http/options.ts';
import type { jobOptions } from '../jobs/options.ts';
import type { OriginOptions } from '../origins/kinds.ts';
import type { temperatureOptions } from '../policy/temperature.ts';
import type { RedisOptions } from '../redis/options.ts';
import type { ScheduleSettings } from '../schedules/options.ts';
import type { logOptions } from '../telemetry/options.ts';
import type { TelemetryOptions } from '../telemetry/otel-options.ts';
import type { CodecSettings } from '../tiers/codec/codecs.ts';
import type { TierName, TiersOptions } from '../tiers/kinds.ts';
import type { workerOptions } from '../workers/options.ts';

export type TemperatureSettings = z.infer<ReturnType<typeof temperatureOptions>>;

/** One value of the configuration, for people. */
export interface SettingLeaf {
  /** Dotted, such as `origins.markets.url`. */
  readonly path: string;
  /** As it would be written; `[redacted]` in place of a secret. */
  readonly value: unknown;
  /** `config/forewarm.yaml:12:7`, the name of an environment variable, a flag, another path, or `default`. */
  readonly from: string;
}

/** The checked configuration: durations in ms, sizes in bytes, paths absolute. Frozen. */
export interface Settings {
  /** The file it was read from. */
  readonly file: string;
  /** The folder for what Forewarm keeps for itself. */
  readonly data: string;
  readonly redis: Readonly<RedisOptions>;
  readonly tiers: TiersOptions;
  readonly codec: CodecSettings;
  readonly temperatures: Readonly<Record<Temperature, TemperatureSettings>>;
  readonly origins: ReadonlyMap<string, OriginOptions>;
  readonly sources: Sources;
  /** When the version that all values of a source share is asked for (cron), by source. */
  readonly versionProbes: ReadonlyMap<string, string>;
  /** The tiers of sources that do not use them all. */
  readonly sourceTiers: ReadonlyMap<string, readonly TierName[]>;
  readonly entities: Readonly<Record<string, EntitySetOptions>>;
  /** Where the lists of entity sets come from that are of an origin, by their names. */
  readonly lists: ReadonlyMap<string, ListPlace>;
  readonly schedules: ReadonlyMap<string, ScheduleSettings>;
  readonly jobs: Readonly<z.infer<typeof jobOptions>>;
  readonly workers: Readonly<z.infer<typeof workerOptions>>;
  readonly reader: Readonly<z.infer<typeof readerOptions>>;
  readonly api: Readonly<ApiOptions>;
  readonly console: Readonly<ConsoleOptions>;
  readonly http: Readonly<HttpOptions>;
  readonly log: Readonly<z.infer<typeof logOptions>>;
  readonly telemetry: TelemetryOptions;
  /** Every value in force, secrets redacted, with where each came from. */
  readonly leaves: readonly SettingLeaf[];
  /** What stands in addresses and paths of requests, and is not to be shown: messages of origins are without it. */
  readonly secrets: readonly string[];
}
