/** What a guard asks that no body can meet: every value would be refused. */
import { counted } from '../../core/counted.ts';
import type { BodyFormat } from '../../core/entry.ts';
import type { GuardRules } from '../../core/source.ts';
import { formatSize } from '../../core/units.ts';
import { parsePath } from '../../origins/json-path.ts';
import type { Path } from '../document/config-node.ts';
import type { SettingsOutput } from '../schema.ts';
import type { SourceOptions } from '../source-options.ts';

type Guard = SourceOptions['guard'];

export function checkGuards(
  { sources, origins, codec }: SettingsOutput,
  report: (path: Path, message: string | undefined) => void,
): void {
  for (const [name, { guard, format = codec.format, origin }] of Object.entries(sources)) {
    const path = ['sources', name, 'guard'];
    const rule = (field: keyof GuardRules, message: string | undefined) => report([...path, field], message);
    const options = origins[origin];
    const most = options !== undefined && 'maxBodyBytes' in options ? options.maxBodyBytes : undefined;
    checkSizes(guard, format, most === undefined ? undefined : { origin, most }, rule);
    const idle = IDLE_RULES[format].filter((each) => isOn(guard[each]));
    for (const each of idle) {
      const message = `looks into JSON, and a body of format ${format} is not read as JSON: the rule would guard nothing`;
      rule(each, `${message}; leave it out, or choose another format`);
    }
    if (!idle.includes('require')) rule('require', requireProblem(guard));
    if (guard.contentTypes.length > 0 && TYPELESS.has(options?.kind ?? '')) {
      rule('contentTypes', `values of an origin of kind ${options?.kind} have no type; leave it out`);
    }
  }
}

/** Kinds of origins that say no type of a body, so that a guard for types refuses everything. */
const TYPELESS: ReadonlySet<string> = new Set(['embeddings', 'sql']);

type ReportRule = (rule: keyof GuardRules, message: string | undefined) => void;

function checkSizes(
  guard: Guard,
  format: BodyFormat,
  bound: { readonly origin: string; readonly most: number } | undefined,
  report: ReportRule,
): void {
  const { minBytes, maxBytes, minItems } = guard;
  if (maxBytes > 0 && minBytes > maxBytes)
    report('minBytes', `is more than maxBytes (${formatSize(maxBytes)}); no body has both`);
  if (bound !== undefined && minBytes > bound.most) {
    const of = `origin "${bound.origin}" takes no body of more than ${formatSize(bound.most)} (maxBodyBytes)`;
    report('minBytes', `${of}; no body has both`);
  }
  const least = LEAST_BYTES[format](minItems);
  const room = Math.min(maxBytes || Number.POSITIVE_INFINITY, bound?.most ?? Number.POSITIVE_INFINITY);
  if (minItems > 0 && least > room) {
    const items = `${counted(minItems, 'item')} ${minItems === 1 ? 'takes' : 'take'} ${formatSize(least)} at least`;
    report('minItems', `${items}, and a body has at most ${formatSize(room)}; no body has both`);
  }
}

/** The shortest body of so many items: those of JSON have commas between them. A `raw` body has none that anybody counts. */
const LEAST_BYTES: Readonly<Record<BodyFormat, (items: number) => number>> = {
  json: (items) => 2 * items + 1,
  msgpack: (items) => items + 1,
  raw: () => 0,
  float32: (items) => 4 * items,
};

/** What is asked of a body at a path that it cannot have, by the other rules. */
function requireProblem({ require, minItems, error }: Guard): string | undefined {
  const named = require.find(
    (path) => minItems > 0 && !/^(?:0|[1-9]\d*|length)$/.test(parsePath(path)[0] ?? ''),
  );
  if (named !== undefined)
    return `"${named}" is a member of an object, and minItems asks for a list; no body has both, but "0.${named}" is of the first item`;
  if (error === undefined) return undefined;
  const told = parsePath(error);
  const below = require.map(parsePath).find((path) => told.length < path.length && startsWith(path, told));
  return below === undefined
    ? undefined
    : `"${below.join('.')}" is inside "${error}", which \`error\` takes for a failure when there is anything; no body has both`;
}

function startsWith(path: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((step, i) => path[i] === step);
}

/** Rules that find nothing to judge in bodies of a format. A vector has items, and what tells of an error in its place is JSON. */
const IDLE_RULES = {
  json: [],
  msgpack: [],
  raw: ['require', 'minItems', 'error'],
  float32: ['require'],
} as const satisfies Readonly<Record<BodyFormat, readonly (keyof GuardRules)[]>>;

function isOn(rule: readonly string[] | number | string | undefined): boolean {
  return typeof rule === 'object' ? rule.length > 0 : Boolean(rule);
}
