/** Turns a configuration that passed every check into the settings that everything is wired with. */
import { createHash } from 'node:crypto';
import type { Source, Temperature } from '../core/source.ts';
import type { SourceRequest } from '../origins/request-kind.ts';
import { rulesOf, type ScheduleSettings } from '../schedules/options.ts';
import { timeRuleOf } from '../schedules/written-rule.ts';
import type { CodecOptions } from '../tiers/codec/options.ts';
import { selectorTextOf } from './checks/checks.ts';
import type { ConfigParts } from './parts.ts';
import type { SettingsOutput } from './schema.ts';
import type { Settings, TemperatureSettings } from './settings.ts';
import type { SourceOptions } from './source-options.ts';

/** How long the absence of a value is believed at most, unless the source says otherwise. */
export const LONGEST_ABSENT_MS = 5 * 60_000;

export function buildSettings(
  document: Pick<Settings, 'file' | 'leaves' | 'secrets'>,
  parts: ConfigParts & { readonly whole: SettingsOutput },
): Settings {
  const { origins, sources, schedules, ...rest } = parts.whole;
  const built = Object.entries(sources).map(([name, options]) => {
    const request = parts.requests.get(name);
    const origin = origins[options.origin];
    const [absence, asks] = [origin?.absence ?? 0, asksOf(origin, options.request)];
    return [name, { ...sourceOf(name, options, request, rest), absence, asks }] as const;
  });
  const overrides = Object.entries(sources).map(([name, { codec }]) => [name, codec] as const);
  return frozen({
    ...rest,
    ...document,
    origins: new Map(Object.entries(origins)),
    sources: new Map(built),
    versionProbes: new Map(
      [...parts.requests].flatMap(([name, { probe }]) => (probe === undefined ? [] : [[name, probe]])),
    ),
    lists: parts.lists,
    sourceTiers: new Map(
      Object.entries(sources).flatMap(([name, { tiers }]) => (tiers === undefined ? [] : [[name, tiers]])),
    ),
    schedules: new Map(scheduleSettings(schedules)),
    codec: { ...rest.codec, sources: new Map(overrides) },
  });
}

/** What a source inherits where it says nothing. */
interface Inherited {
  readonly temperatures: Readonly<Record<Temperature, TemperatureSettings>>;
  readonly codec: CodecOptions;
}

function sourceOf(
  name: string,
  options: SourceOptions,
  request: SourceRequest | undefined,
  { temperatures, codec }: Inherited,
): Omit<Source, 'absence' | 'asks'> {
  const { origin, temperature, key, tags, guard, miss, softDeadline, hardDeadline } = options;
  const inherited = temperatures[temperature];
  const ttl = options.ttl ?? inherited.ttl;
  return {
    name,
    origin,
    temperature,
    key,
    lifetime: {
      ttl,
      refreshAhead: options.refreshAhead ?? inherited.refreshAhead,
      grace: options.grace ?? inherited.grace,
    },
    spread: options.spread ?? inherited.spread,
    absentTtl: options.absentTtl ?? Math.min(ttl, LONGEST_ABSENT_MS),
    tags,
    guard: { ...guard, error: guard.error },
    miss: { policy: miss, softDeadline, hardDeadline },
    format: options.format ?? codec.format,
    keysPerCall: request?.keysPerCall ?? 1,
    refusal: request?.refusal ?? (() => undefined),
    request: request?.options,
  };
}

/** Of the address without user and password, and of the request without its headers: these may be secrets that are changed often. */
function asksOf(origin: object | undefined, request: unknown): string {
  const { url, module }: { url?: unknown; module?: unknown } = origin ?? {};
  const address = String(url ?? module ?? '').replace(/\/\/[^/]*@/, '//');
  const text = JSON.stringify([address, request], (name, value) => (name === 'headers' ? undefined : value));
  return createHash('sha256').update(text).digest('base64url').slice(0, 8);
}

function scheduleSettings(schedules: SettingsOutput['schedules']): [string, ScheduleSettings][] {
  return Object.entries(schedules).map(([name, options]) => {
    const { force, missing, limit = 0 } = options;
    return [
      name,
      {
        ...{ name, force, missing, limit },
        rule: timeRuleOf(options),
        selector: selectorTextOf(options.warm),
        rules: rulesOf(options),
      },
    ];
  });
}

/** Frozen all the way down, values of maps included. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of value instanceof Map ? value.values() : Object.values(value)) frozen(member);
  return value;
}
