/** The parts of the configuration that are valid by themselves, so that a mistake in one hides none in the others. */
import type { z } from 'zod';
import { requestKinds } from '../origins/kinds.ts';
import type { SourceRequest } from '../origins/request-kind.ts';
import { type ScheduleOptions, scheduleOptions } from '../schedules/options.ts';
import { type ConfigNode, childOf, nodeAt, plainOf, textAt } from './document/config-node.ts';
import type { Finding } from './document/finding.ts';
import { findingsOf } from './document/issues.ts';
import { type SettingsOutput, settingsSchema } from './schema.ts';
import type { TemperatureSettings } from './settings.ts';
import type { Shape } from './shape/shape.ts';
import { type SourceOptions, sourceOptions } from './source-options.ts';

/** The options of an entry that are good by themselves. */
export type Good<T> = { readonly [K in keyof T]?: T[K] };

export interface ConfigParts {
  /** Undefined when something somewhere is wrong. */
  readonly whole: SettingsOutput | undefined;
  readonly temperatures: ReadonlyMap<string, Good<TemperatureSettings>>;
  readonly sources: ReadonlyMap<string, Good<SourceOptions>>;
  /** The sources' requests, as the schema of their origin's kind gives them. */
  readonly requests: ReadonlyMap<string, SourceRequest>;
  readonly schedules: ReadonlyMap<string, Good<ScheduleOptions>>;
  /** What is wrong with the parts by themselves. */
  readonly findings: readonly Finding[];
}

export function partsOf(root: ConfigNode, shape: Shape): ConfigParts {
  const whole = settingsSchema.safeParse(plainOf(root));
  const findings = whole.success ? [] : findingsOf(whole.error.issues, shape, root);
  const { hot: temperature } = settingsSchema.shape.temperatures.unwrap().shape;
  const sources = goodEntries<SourceOptions>(root, 'sources', sourceOptions.shape);
  const requests = new Map<string, SourceRequest>();
  for (const [name, { origin = '', request = {} }] of sources) {
    // The kind may be valid where the rest of the origin is not; a missing origin or kind is reported elsewhere.
    const kind = textAt(root, ['origins', origin, 'kind']) ?? '';
    const result = requestKinds.get(kind)?.request.safeParse(request);
    if (result?.success === true) requests.set(name, result.data);
    else if (result !== undefined) {
      findings.push(...findingsOf(result.error.issues, shape, root, ['sources', name, 'request']));
    }
  }
  return {
    whole: whole.data,
    temperatures: goodEntries<TemperatureSettings>(root, 'temperatures', temperature.unwrap().shape),
    sources,
    requests,
    schedules: goodEntries<ScheduleOptions>(root, 'schedules', scheduleOptions.shape),
    findings,
  };
}

function goodEntries<T>(
  root: ConfigNode,
  record: string,
  fields: { readonly [K in keyof T]: z.ZodType<T[K]> },
): Map<string, Good<T>> {
  const node = nodeAt(root, [record]);
  if (node?.kind !== 'map') return new Map();
  return new Map([...node.members].map(([name, entry]) => [name, goodOptions<T>(entry, fields)]));
}

function goodOptions<T>(entry: ConfigNode, fields: { readonly [K in keyof T]: z.ZodType<T[K]> }): Good<T> {
  const good: { [K in keyof T]?: T[K] } = {};
  for (const name in fields) {
    const node = childOf(entry, name);
    const result = node && fields[name].safeParse(plainOf(node));
    if (result?.success === true) good[name] = result.data;
  }
  return good;
}
