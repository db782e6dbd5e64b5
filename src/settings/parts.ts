/** The parts of the configuration that are valid by themselves, so that a mistake in one hides none in the others. */
import type { z } from 'zod';
import type { ListPlace } from '../core/list.ts';
import { readWith } from '../core/read-with.ts';
import { listKinds, requestKinds } from '../origins/kinds.ts';
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
  /** What entity sets ask of origins, as the schema of their origin's kind gives it. */
  readonly lists: ReadonlyMap<string, ListPlace>;
  readonly schedules: ReadonlyMap<string, Good<ScheduleOptions>>;
  /** What is wrong with the parts by themselves. */
  readonly findings: readonly Finding[];
}

export function partsOf(root: ConfigNode, shape: Shape): ConfigParts {
  const whole = readWith(settingsSchema, plainOf(root));
  const findings = whole.success ? [] : findingsOf(whole.error.issues, shape, root);
  const { hot: temperature } = settingsSchema.shape.temperatures.unwrap().shape;
  const sources = goodEntries<SourceOptions>(root, 'sources', sourceOptions.shape);
  const requests = new Map<string, SourceRequest>();
  for (const [name, { origin = '', request = {} }] of sources) {
    // The kind may be valid where the rest of the origin is not; a missing origin or kind is reported elsewhere.
    const kind = textAt(root, ['origins', origin, 'kind']) ?? '';
    const schema = requestKinds.get(kind)?.request;
    if (schema === undefined) continue;
    const result = readWith(schema, request);
    if (result.success) requests.set(name, result.data);
    else {
      findings.push(...findingsOf(result.error.issues, shape, root, ['sources', name, 'request']));
    }
  }
  const lists = listsOf(root, shape);
  findings.push(...lists.findings);
  return {
    whole: whole.data,
    temperatures: goodEntries<TemperatureSettings>(root, 'temperatures', temperature.unwrap().shape),
    sources,
    requests,
    lists: lists.places,
    schedules: goodEntries<ScheduleOptions>(root, 'schedules', scheduleOptions.shape),
    findings,
  };
}

/** What belongs to another kind of origin is reported elsewhere, and so is an origin that is missing or gives no lists. */
function listsOf(
  root: ConfigNode,
  shape: Shape,
): { readonly places: ReadonlyMap<string, ListPlace>; readonly findings: readonly Finding[] } {
  const places = new Map<string, ListPlace>();
  const findings: Finding[] = [];
  const sets = nodeAt(root, ['entities']);
  for (const [name, set] of sets?.kind === 'map' ? sets.members : []) {
    const origin = textAt(root, ['entities', name, 'origin']);
    const schema = listKinds.get(textAt(root, ['origins', origin ?? '', 'kind']) ?? '');
    if (origin === undefined || schema === undefined) continue;
    const given = Object.keys(schema.shape).flatMap((field) => {
      const node = childOf(set, field);
      return node === undefined ? [] : [[field, plainOf(node)] as const];
    });
    const result = readWith(schema, Object.fromEntries(given));
    if (result.success) places.set(name, { origin, options: result.data });
    // The whole has found what is wrong with a value; what is missing is found here alone.
    else
      findings.push(
        ...findingsOf(result.error.issues, shape, root, ['entities', name]).filter(isOfMissing(set)),
      );
  }
  return { places, findings };
}

function isOfMissing(set: ConfigNode): (finding: Finding) => boolean {
  return ({ path }) => childOf(set, path[2] ?? '') === undefined;
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
    const result = node && readWith(fields[name], plainOf(node));
    if (result?.success === true) good[name] = result.data;
  }
  return good;
}
