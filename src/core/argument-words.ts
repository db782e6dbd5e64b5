/** What zod finds wrong in arguments, in our words: the place, what is wanted, the value, and the nearest known name. */
import { z } from 'zod';
import { nearestWord } from './nearest.ts';
import { quote } from './quote.ts';

type Issue = z.core.$ZodIssue;

/** What has to change, and where. */
export interface WrongPlace {
  readonly place: string;
  readonly message: string;
}

/** What zod itself says; a message that is none of these is one of ours. */
const ZODS_OWN = /^(?:Invalid input|Invalid option|Invalid string|Too small|Too big|Unrecognized key)/;

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  tuple: 'a pair',
};

/** `known` are the names that may stand at the issue's place. */
export function wordsOf(issue: Issue, values: unknown, known: readonly string[]): WrongPlace[] {
  const place = issue.path.join('.');
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ place: `${place}.${shown(key)}`, message: unknownName(key, known) }));
  const value = valueAt(values, issue.path);
  return [{ place, message: ZODS_OWN.test(issue.message) ? words(issue, value) : ours(issue, value) }];
}

/** The members of the object that stands at a place of a schema. */
export function knownAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  let here: z.core.$ZodType | undefined = inner(schema);
  for (const step of path) {
    if (here instanceof z.ZodArray) here = inner(here.element);
    else if (here instanceof z.ZodObject) here = here.shape[String(step)] && inner(here.shape[String(step)]);
    else return [];
  }
  return here instanceof z.ZodObject ? Object.keys(here.shape) : [];
}

/** What an optional value, one with a default or one that is changed first, is when it is there. */
function inner(schema: z.core.$ZodType): z.core.$ZodType {
  const { def } = schema._zod;
  if ('innerType' in def) return inner(def.innerType as z.core.$ZodType);
  return schema instanceof z.ZodPipe ? inner(schema.out) : schema;
}

function unknownName(name: string, known: readonly string[]): string {
  const near = nearestWord(name, known);
  if (near !== undefined) return `is not known here; did you mean "${near}"?`;
  return `is not known here; ${known.length === 0 ? 'there is none' : `there is ${known.join(', ')}`}`;
}

function words(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${KINDS[issue.expected] ?? `a ${issue.expected}`}, not ${quote(value)}`;
    case 'invalid_value':
      return oneOf(issue.values.map(String), value);
    case 'too_small':
      return `must ${amount(issue.origin, 'at least', Number(issue.minimum))}, not ${size(value)}`;
    case 'too_big':
      return `must ${amount(issue.origin, 'at most', Number(issue.maximum))}, not ${size(value)}`;
    default:
      return `cannot be ${quote(value)}`;
  }
}

/** A message of the schema's own. It quotes the value itself where it says "not". */
function ours({ code, message }: Issue, value: unknown): string {
  return code === 'custom' || typeof value === 'object' ? message : `${message} (it is ${quote(value)})`;
}

function oneOf(known: readonly string[], value: unknown): string {
  const near = typeof value === 'string' ? nearestWord(value, known) : undefined;
  const hint = near === undefined ? '' : `; did you mean "${near}"?`;
  return `must be ${known.length === 1 ? '' : 'one of '}${known.join(', ')}, not ${quote(value)}${hint}`;
}

function amount(origin: string, bound: string, limit: number): string {
  if (origin === 'string') return `have ${bound} ${limit} ${limit === 1 ? 'character' : 'characters'}`;
  if (origin === 'array') return `have ${bound} ${limit} ${limit === 1 ? 'item' : 'items'}`;
  return `be ${bound} ${limit}`;
}

function size(value: unknown): string {
  if (typeof value === 'string' || Array.isArray(value)) return String(value.length);
  return quote(value);
}

function shown(name: string): string {
  return quote(name).slice(1, -1);
}

function valueAt(values: unknown, path: readonly PropertyKey[]): unknown {
  let here = values;
  for (const step of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = Reflect.get(here, step);
  }
  return here;
}
