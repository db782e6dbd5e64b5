/** The JSON Schema of the configuration, for editors. */
import { z } from 'zod';
import { settingsSchema } from '../schema.ts';

type Json = z.core.JSONSchema.BaseSchema;

/** Editors must accept a substitution wherever a value may stand. */
const SUBSTITUTION = '\\$\\{';

const PATTERNS: Readonly<Record<string, string>> = {
  summary: '^\\s*(off|(\\d+(\\.\\d+)?(ms|[smhdw]))+)\\s*$',
  duration: '^\\s*(0|(\\d+(\\.\\d+)?(ms|[smhdw]))+)\\s*$',
  size: '^\\s*\\d+(\\.\\d+)?\\s*([kKmMgGtT][iI]?)?[bB]\\s*$',
  rate: '^\\s*\\d+(\\.\\d+)?\\s*/\\s*\\d*(ms|[smhdw])\\s*$',
  percent: '^\\s*\\d+(\\.\\d+)?\\s*%\\s*$',
};

/** Weaker than the check at load time: relations between options cannot be expressed here. */
export function settingsJsonSchema(): Json {
  return { title: 'Forewarm configuration', ...jsonOf(settingsSchema) };
}

function jsonOf(schema: z.core.$ZodType): Json {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', override: adapt });
}

function adapt({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodTypes; jsonSchema: Json }): void {
  const { format, byOriginKind } = jsonSchema;
  for (const own of ['secret', 'byOriginKind', 'format']) delete jsonSchema[own];
  const { type } = zodSchema._zod.def;
  if (byOriginKind !== undefined) {
    for (const demand of ['type', 'propertyNames', 'additionalProperties']) delete jsonSchema[demand];
    // Put there by `source-options.ts`.
    jsonSchema.anyOf = Object.values(byOriginKind as Record<string, z.core.$ZodType>).map(inlined);
  } else if (type === 'string') {
    adaptString(jsonSchema, format ?? '');
  } else if (type === 'number' || type === 'boolean' || type === 'enum') {
    becomeEither(jsonSchema, { type: 'string', pattern: SUBSTITUTION });
  }
}

function adaptString(schema: Json, format: string): void {
  const pattern = PATTERNS[format];
  // A pattern of zod's own, such as that of a URL, knows no substitutions.
  if (pattern === undefined) delete schema.pattern;
  else schema.pattern = `${pattern}|${SUBSTITUTION}`;
  if (format === 'duration' || format === 'size') becomeEither(schema, { const: 0 });
}

/** Moves what the schema demands into one of two alternatives; its description and default stay. */
function becomeEither(schema: Json, other: Json): void {
  const { description: _, default: __, ...demands } = schema;
  for (const name of Object.keys(demands)) delete schema[name];
  schema.anyOf = [demands, other];
}

function inlined(schema: z.core.$ZodType): Json {
  const { $schema: _, ...json } = jsonOf(schema);
  return json;
}
