/**
 * Guards: whether a body may replace the value that is stored. A good value is never replaced by a bad one, so what is
 * refused here costs freshness only.
 */
import { isUtf8 } from 'node:buffer';
import type { BodyFormat } from '../core/entry.ts';
import type { GuardRules } from '../core/source.ts';
import { type JsonPath, parseJson, parsePath, readPath, textOf } from './json-path.ts';

/**
 * Why the body is refused; undefined when it is good. A `json` body must be JSON in UTF-8, whatever the rules; of a
 * `raw` body only the bytes are judged. `parsed` is what a `json` body says, where that is known.
 */
export function judge(
  rules: GuardRules,
  format: BodyFormat,
  body: Uint8Array,
  parsed?: { readonly value: unknown },
): string | undefined {
  if (body.byteLength === 0 && (rules.notEmpty || format === 'json')) return 'the body is empty';
  if (body.byteLength < rules.minBytes) {
    return `the body has ${body.byteLength} bytes, and at least ${rules.minBytes} are asked`;
  }
  if (format !== 'json') return undefined;
  return parsed === undefined ? judgeJson(rules, body) : judgeValue(rules, parsed.value);
}

function judgeJson(rules: GuardRules, body: Uint8Array): string | undefined {
  if (!isUtf8(body)) return 'the body is not JSON: it is not UTF-8';
  let value: unknown;
  try {
    value = parseJson(body);
  } catch {
    return `the body is not JSON: it begins with ${JSON.stringify(textOf(body.subarray(0, 40)))}`;
  }
  return judgeValue(rules, value);
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
  return value.length < minItems
    ? `the list has ${value.length} items, and at least ${minItems} are asked`
    : undefined;
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
