/**
 * Guards: whether a body may replace the value that is stored. A good value is never replaced by a bad one, so what is
 * refused here costs freshness only.
 */
import { isUtf8 } from 'node:buffer';
import { valueFrom } from '../core/body.ts';
import type { BodyFormat } from '../core/entry.ts';
import { messageOf } from '../core/errors.ts';
import type { GuardRules } from '../core/source.ts';
import { type JsonPath, parseJson, parsePath, readPath, textOf } from './json-path.ts';
import type { Parsed } from './origin.ts';

/**
 * Why the body is refused; undefined when it is good. Whatever the rules, a `json` body must be JSON in UTF-8, a
 * `msgpack` one MessagePack, and a `float32` one whole, finite numbers; of a `raw` body only the bytes are judged.
 * `parsed` is the value of a `json` or `msgpack` body, where that is known.
 */
export function judge(
  rules: GuardRules,
  format: BodyFormat,
  body: Uint8Array,
  parsed?: Parsed,
): string | undefined {
  if (body.byteLength === 0 && (rules.notEmpty || format !== 'raw')) return 'the body is empty';
  if (body.byteLength < rules.minBytes) {
    return `the body has ${body.byteLength} bytes, and at least ${rules.minBytes} are asked`;
  }
  return parsed === undefined ? JUDGES[format](rules, body) : judgeValue(rules, parsed.value);
}

const JUDGES: Readonly<Record<BodyFormat, (rules: GuardRules, body: Uint8Array) => string | undefined>> = {
  json: judgeJson,
  msgpack: judgePacked,
  raw: () => undefined,
  float32: judgeVector,
};

function judgeJson(rules: GuardRules, body: Uint8Array): string | undefined {
  if (!isUtf8(body)) return 'the body is not JSON: it is not UTF-8';
  try {
    return judgeValue(rules, parseJson(body));
  } catch {
    return `the body is not JSON: it begins with ${JSON.stringify(textOf(body.subarray(0, 40)))}`;
  }
}

function judgePacked(rules: GuardRules, body: Uint8Array): string | undefined {
  try {
    return judgeValue(rules, valueFrom('msgpack', body));
  } catch (error) {
    return messageOf(error);
  }
}

function judgeVector({ minItems }: GuardRules, body: Uint8Array): string | undefined {
  if (body.byteLength % 4 !== 0) return `the body has ${body.byteLength} bytes, no multiple of four`;
  const numbers = new DataView(body.buffer, body.byteOffset, body.byteLength);
  for (let at = 0; at < body.byteLength; at += 4) {
    const number = numbers.getFloat32(at, true);
    if (!Number.isFinite(number)) return `number ${at / 4} of the vector is ${number}`;
  }
  const items = body.byteLength / 4;
  return items < minItems ? tooFew('vector', items, minItems) : undefined;
}

function judgeValue(rules: GuardRules, value: unknown): string | undefined {
  if (rules.notEmpty && isEmpty(value)) return `the body is empty: ${JSON.stringify(value)}`;
  for (const path of pathsOf(rules)) {
    if (isEmpty(readPath(value, path))) return `"${path.join('.')}" is missing or empty`;
  }
  return rules.minItems > 0 ? judgeItems(rules.minItems, value) : undefined;
}

function judgeItems(minItems: number, value: unknown): string | undefined {
  if (!Array.isArray(value)) return `the body is not a list, and one of at least ${minItems} items is asked`;
  return value.length < minItems ? tooFew('list', value.length, minItems) : undefined;
}

function tooFew(what: string, items: number, minItems: number): string {
  return `the ${what} has ${items} items, and at least ${minItems} are asked`;
}

/** Absent, null, `""`, `[]` or `{}`. Zero and false are values. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value !== 'object') return false;
  for (const name in value) if (Object.hasOwn(value, name)) return false;
  return true;
}

/** Rules are frozen settings that live as long as the process: their paths are parsed once. */
const parsed = new WeakMap<GuardRules, readonly JsonPath[]>();

function pathsOf(rules: GuardRules): readonly JsonPath[] {
  let paths = parsed.get(rules);
  if (paths === undefined) {
    paths = rules.require.map(parsePath);
    parsed.set(rules, paths);
  }
  return paths;
}
