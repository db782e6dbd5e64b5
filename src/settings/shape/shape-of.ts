import { z } from 'zod';
import type { ChoiceShape, Field, LeafShape, Shape } from './shape.ts';

const FORMAT_WORDS: Readonly<Record<string, string>> = {
  duration: 'a duration such as 250ms, 5m or 7d',
  size: 'a size such as 64KB or 1GiB',
  rate: 'a rate such as 50/s or 100/m',
  percent: 'a percentage such as 80%',
  path: 'a path',
  cron: 'a cron expression',
  timezone: 'a time zone such as America/Denver',
  time: 'a time such as 2027-01-01T06:00, or with Z or +01:00 behind',
  window: 'a window such as 2026-12-25 or mon-fri 09:30-16:00',
  deadline: 'a duration such as 4h, or a time of day such as 06:00',
  summary: 'a duration such as 1m, or off',
  selector: 'a selector such as source=profile',
  'key-template': 'a template such as profile:{market}',
  'json-path': 'a dotted path such as data.items',
  'redis-url': 'a URL of Redis such as redis://127.0.0.1:6379',
};

/** What owners say of their schemas with `.describe()` and `.meta()`. */
interface Meta {
  readonly description?: string | undefined;
  readonly format?: string;
  readonly secret?: boolean;
  /** The schemas of a source's request, by the kind of its origin. */
  readonly byOriginKind?: Readonly<Record<string, z.core.$ZodType>>;
}

/** A schema without what stands around it: defaults, optionality, transforms. */
interface Peeled {
  readonly schema: z.core.$ZodTypes;
  readonly meta: Meta;
  readonly initial: unknown;
  readonly required: boolean;
}

/** Reads a zod schema, by what each of its definitions says of itself. */
export function shapeOf(schema: z.core.$ZodType): Shape {
  return shapeOfPeeled(peel(schema));
}

function fieldOf(schema: z.core.$ZodType): Field {
  const peeled = peel(schema);
  const { initial, required, meta } = peeled;
  return { shape: shapeOfPeeled(peeled), initial, required, description: meta.description ?? '' };
}

function peel(outer: z.core.$ZodType): Peeled {
  // Every schema is one of zod's own; the base type only hides which.
  const schema = outer as z.core.$ZodTypes;
  const own: Meta = z.globalRegistry.get(schema) ?? {};
  const { def } = schema._zod;
  switch (def.type) {
    case 'default':
    case 'prefault': {
      const inner = peel(def.innerType);
      return { ...inner, meta: { ...inner.meta, ...own }, initial: def.defaultValue, required: false };
    }
    case 'optional': {
      const inner = peel(def.innerType);
      return { ...inner, meta: { ...inner.meta, ...own }, required: false };
    }
    case 'pipe': {
      const inner = peel(def.in);
      return { ...inner, meta: { ...inner.meta, ...own } };
    }
    default:
      return { schema, meta: own, initial: undefined, required: true };
  }
}

function shapeOfPeeled({ schema, meta }: Peeled): Shape {
  const { def } = schema._zod;
  if (meta.byOriginKind !== undefined) return choiceOf('origin', Object.entries(meta.byOriginKind));
  switch (def.type) {
    case 'object': {
      const fields = Object.entries(def.shape).map(([name, field]) => [name, fieldOf(field)] as const);
      return { kind: 'object', fields: new Map(fields) };
    }
    case 'record':
      return { kind: 'record', item: shapeOf(def.valueType) };
    case 'array':
      return { kind: 'list', item: shapeOf(def.element) };
    case 'union':
      return 'discriminator' in def
        ? choiceOf('member', def.options.map(variantOf))
        : { kind: 'either', options: def.options.map(shapeOf) };
    default:
      return leafOf(schema, meta);
  }
}

function choiceOf(
  by: ChoiceShape['by'],
  options: readonly (readonly [string, z.core.$ZodType])[],
): ChoiceShape {
  return { kind: 'choice', by, options: new Map(options.map(([name, option]) => [name, shapeOf(option)])) };
}

function variantOf(schema: z.core.$ZodType): [string, z.core.$ZodType] {
  const [kind] = schema._zod.propValues?.kind ?? [];
  return [String(kind), schema];
}

function leafOf(schema: z.core.$ZodTypes, { format, secret = false }: Meta): LeafShape {
  const { def } = schema._zod;
  const leaf = { kind: 'leaf', type: 'text', words: 'text', format, secret, values: [] } as const;
  switch (def.type) {
    case 'string':
      return {
        ...leaf,
        words: FORMAT_WORDS[format ?? ''] ?? ('format' in def && def.format === 'url' ? 'a URL' : 'text'),
      };
    case 'enum':
      return enumerationOf(leaf, Object.values(def.entries));
    case 'literal':
      return enumerationOf(leaf, def.values);
    case 'number':
      return { ...leaf, type: 'number', words: numberWords(schema) };
    case 'boolean':
      return { ...leaf, type: 'boolean', words: 'true or false' };
    default:
      return { ...leaf, type: 'any', words: 'anything' };
  }
}

function enumerationOf(leaf: LeafShape, entries: readonly unknown[]): LeafShape {
  const values = entries.map(String);
  const words = values.map((value) => (/^[\w-]+$/.test(value) ? value : JSON.stringify(value))).join(', ');
  return { ...leaf, values, words: values.length === 1 ? words : `one of ${words}` };
}

function numberWords(schema: unknown): string {
  if (!(schema instanceof z.ZodNumber)) return 'a number';
  const { minValue, maxValue } = schema;
  const [low, high] = [minValue ?? -Infinity, maxValue ?? Infinity].map((bound) =>
    Number.isFinite(bound) && Math.abs(bound) < Number.MAX_SAFE_INTEGER ? bound : undefined,
  );
  const name = schema.isInt ? 'a whole number' : 'a number';
  if (low !== undefined && high !== undefined) return `${name} from ${low} to ${high}`;
  return low === undefined ? name : `${name}, at least ${low}`;
}
