/**
 * JSON Schema as TypeScript, for the part of JSON Schema that the OpenAPI document of the control API uses. A keyword that is not
 * known here stops the generator: a type that says less than the document would mislead silently.
 */
export type Schema = Readonly<Record<string, unknown>>;

/** They bound values, or explain them, and change no type. */
const WITHOUT_TYPE = new Set([
  ...['description', 'default', 'examples', 'pattern', 'format'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['minLength', 'maxLength', 'minItems', 'maxItems'],
]);
const WITH_TYPE = new Set([
  ...['$ref', 'type', 'const', 'enum', 'anyOf', 'oneOf', 'allOf', 'items', 'x-events'],
  ...['properties', 'required', 'additionalProperties', 'propertyNames'],
]);
const PLAIN: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
};

/** The type of a schema. `indent` is that of the line it stands in. */
export function typeOf(schema: Schema, indent = ''): string {
  for (const keyword of Object.keys(schema)) {
    if (!WITH_TYPE.has(keyword) && !WITHOUT_TYPE.has(keyword))
      throw new Error(`the keyword "${keyword}" has no type here: ${JSON.stringify(schema).slice(0, 200)}`);
  }
  const { $ref, const: constant, enum: values, anyOf, oneOf, allOf } = schema;
  if (typeof $ref === 'string') return nameOfRef($ref);
  if (constant !== undefined) return JSON.stringify(constant);
  if (Array.isArray(values)) return union(values.map((value) => JSON.stringify(value)));
  const either = anyOf ?? oneOf;
  if (Array.isArray(either)) return union(either.map((one) => typeOf(one, indent)));
  if (Array.isArray(allOf)) return allOf.map((one) => typeOf(one, indent)).join(' & ');
  const { type } = schema;
  if (type === undefined) return 'unknown';
  return union([type].flat().map((one) => typeNamed(String(one), schema, indent)));
}

function nameOfRef(ref: string): string {
  const [, name] = /^#\/components\/schemas\/(\w+)$/.exec(ref) ?? [];
  if (name === undefined) throw new Error(`the reference "${ref}" is to no schema with a name`);
  return name;
}

function typeNamed(type: string, schema: Schema, indent: string): string {
  if (type === 'array') return `readonly ${inParentheses(typeOf(asSchema(schema.items), indent))}[]`;
  if (type === 'object') return objectType(schema, indent);
  const plain = PLAIN[type];
  if (plain === undefined) throw new Error(`the type "${type}" is not known: ${JSON.stringify(schema)}`);
  return plain;
}

function objectType({ properties, required, additionalProperties, propertyNames }: Schema, indent: string) {
  const members = Object.entries(asSchema(properties)) as [string, Schema][];
  const isNeeded = new Set(Array.isArray(required) ? required : []);
  if (members.length === 0) {
    const names = typeOf({ type: 'string', ...asSchema(propertyNames) });
    const value = additionalProperties === false ? 'never' : typeOf(asSchema(additionalProperties), indent);
    const whole = `Readonly<Record<${names}, ${value}>>`;
    return names === 'string' || isNeeded.size > 0 ? whole : `Partial<${whole}>`;
  }
  const inner = `${indent}  `;
  const lines = members.map(([name, member]) => {
    const absent = isNeeded.has(name) ? ['', ''] : ['?', ' | undefined'];
    return `${docOf(member, inner)}${inner}readonly ${nameOf(name)}${absent[0]}: ${typeOf(member, inner)}${absent[1]};\n`;
  });
  const isOpen = typeof additionalProperties === 'object';
  const others = isOpen ? `${inner}readonly [name: string]: unknown;\n` : '';
  return `{\n${lines.join('')}${others}${indent}}`;
}

/** A comment with what the schema says of itself; nothing where it says nothing. */
export function docOf(schema: Schema, indent = ''): string {
  const { description, default: otherwise } = schema;
  const usual = otherwise === undefined ? '' : `Default: \`${JSON.stringify(otherwise)}\`.`;
  return comment([description, usual].filter(Boolean).join(' '), indent);
}

export function comment(text: string, indent = ''): string {
  return text === '' ? '' : `${indent}/** ${text.replaceAll('*/', '*\u200b/')} */\n`;
}

export function nameOf(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

export function asSchema(value: unknown): Schema {
  return typeof value === 'object' && value !== null ? (value as Schema) : {};
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(' | ');
}

function inParentheses(type: string): string {
  return type.includes(' | ') || type.includes(' & ') || type.startsWith('readonly ') ? `(${type})` : type;
}
