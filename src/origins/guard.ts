/**
 * Guards: whether a body may replace the value that is stored. A good value is never replaced by a bad one, so what is
 * refused here costs freshness only.
 */

import { isUtf8 } from 'node:buffer';
import { count, counted } from '../core/counted.ts';
import type { BodyFormat } from '../core/entry.ts';
import { messageOf } from '../core/errors.ts';
import { hideKnown } from '../core/known-secrets.ts';
import type { Refusal, RefusalRule } from '../core/refusal.ts';
import type { GuardRules } from '../core/source.ts';
import type { Breath } from '../flow/breath.ts';
import { LIST, LIST_END, MAP, MAP_END } from '../flow/json-bytes.ts';
import { unpackInSlices } from '../flow/msgpack-in-slices.ts';
import { type Wanted, wantedAt } from '../flow/wanted.ts';
import { toldReason } from './guard-error.ts';
import { type JsonPath, MOST_MEMBERS, parsePath, readJson, readPath, textOf } from './json-path.ts';
import type { FetchedBody } from './origin.ts';

/**
 * What an origin says of a body beside its bytes. `parsed` is the value of a `json` or `msgpack` body, where that is known; `secrets`
 * are hidden in what the reason quotes.
 */
export type Told = Pick<FetchedBody, 'parsed' | 'contentType' | 'secrets'>;

/**
 * Why the body is refused; undefined when it is good. Whatever the rules, a `json` body must be JSON in UTF-8, a
 * `msgpack` one MessagePack, and a `float32` one whole, finite numbers; of a `raw` body only the bytes and the type are judged.
 * Without `told` the body is no origin's, and has no type. Of a large body only what the rules look at is in memory, and others have
 * their turn meanwhile.
 */
export async function judge(...of: Parameters<typeof refusalOf>): Promise<string | undefined> {
  return (await refusalOf(...of))?.reason;
}

/** As `judge`, with the rule that was broken. */
export async function refusalOf(
  rules: GuardRules,
  format: BodyFormat,
  body: Uint8Array,
  breath: Breath,
  told?: Told,
): Promise<Refusal | undefined> {
  if (body.byteLength === 0 && (rules.notEmpty || format !== 'raw'))
    return refusal('empty', 'the body is empty');
  const has = `the body has ${counted(body.byteLength, 'byte')}`;
  if (body.byteLength < rules.minBytes)
    return refusal('size', `${has}, and at least ${count(rules.minBytes)} are asked`);
  if (rules.maxBytes > 0 && body.byteLength > rules.maxBytes)
    return refusal('size', `${has}, and at most ${count(rules.maxBytes)} are taken`);
  const secrets = told?.secrets ?? [];
  const wrongType = told === undefined ? undefined : judgeType(rules, body, told.contentType);
  if (wrongType !== undefined) return refusal('type', hideKnown(wrongType, secrets));
  return told?.parsed === undefined
    ? JUDGES[format]({ rules, body, secrets, breath })
    : judgeValue(rules, told.parsed.value, secrets);
}

function refusal(rule: RefusalRule, reason: string): Refusal {
  return { rule, reason };
}

const HTML_TYPES = ['text/html', 'application/xhtml+xml'];
/** Also behind a byte order mark, an XML declaration or a comment. */
const HTML = /^(?:\ufeff|\s|<\?xml[^>]{0,200}>|<!--[^>]{0,500}-->){0,10}<(?:!doctype html|html)[\s>]/i;
/** Bytes in which a page of HTML shows what it is. */
const BEGINNING = 1_024;
/** Characters of a body that a reason quotes. */
const SHOWN = 40;

function judgeType(
  { contentTypes }: GuardRules,
  body: Uint8Array,
  told: string | undefined,
): string | undefined {
  if (contentTypes.length === 0) return undefined;
  const fits = (type: string) =>
    contentTypes.some((one) => one === type || one === type.replace(/\/.*/, '/*'));
  const type = told?.replace(/;.*/s, '').trim().toLowerCase();
  if (type === undefined || !fits(type)) {
    return `the body is ${type ?? 'of no type'}, and ${contentTypes.join(', ')} is asked`;
  }
  const isPage = !HTML_TYPES.some(fits) && HTML.test(textOf(body.subarray(0, BEGINNING)));
  return isPage ? `the body is a page of HTML, though its type says ${type}` : undefined;
}

interface Case {
  readonly rules: GuardRules;
  readonly body: Uint8Array;
  readonly secrets: readonly string[];
  readonly breath: Breath;
}

type Judge = (of: Case) => Refusal | undefined | Promise<Refusal | undefined>;

const JUDGES: Readonly<Record<BodyFormat, Judge>> = {
  json: judgeJson,
  msgpack: judgePacked,
  raw: () => undefined,
  float32: judgeVector,
};

async function judgeJson({ rules, body, secrets, breath }: Case): Promise<Refusal | undefined> {
  if (!isUtf8(body)) return refusal('format', 'the body is not JSON: it is not UTF-8');
  try {
    return judgeValue(rules, await readJson(body, breath, pathsOf(rules)), secrets);
  } catch (error) {
    if (error instanceof RangeError)
      return refusal('format', hideKnown(`the body cannot be used: ${error.message}`, secrets));
    const beginning = hideKnown(textOf(body.subarray(0, BEGINNING)), secrets);
    return refusal(
      'format',
      `the body is not JSON: it begins with ${JSON.stringify(beginning.slice(0, SHOWN))}`,
    );
  }
}

async function judgePacked({ rules, body, secrets, breath }: Case): Promise<Refusal | undefined> {
  const { wanted } = pathsOf(rules);
  try {
    const value = await unpackInSlices(body, { breath, wanted, mostMembers: MOST_MEMBERS });
    return judgeValue(rules, value, secrets);
  } catch (error) {
    if (error instanceof RangeError) return refusal('format', `the body cannot be used: ${error.message}`);
    const reason = messageOf(error);
    return refusal(
      'format',
      error instanceof SyntaxError ? `the body is not MessagePack: ${reason}` : reason,
    );
  }
}

/** Why bytes that are JSON, such as an error that is told with a status of success, are no vector, though their number may be one's. */
async function judgeJsonVector({ rules, body, secrets, breath }: Case): Promise<Refusal | undefined> {
  const [first, last] = [body[0], body[body.byteLength - 1]];
  if (!(first === MAP && last === MAP_END) && !(first === LIST && last === LIST_END)) return undefined;
  try {
    const told = toldReason(rules, await readJson(body, breath, pathsOf(rules)), secrets);
    if (told !== undefined) return refusal('error', told);
    return refusal('format', 'the body is JSON, and no vector of numbers of four bytes');
  } catch {
    return undefined;
  }
}

async function judgeVector(of: Case): Promise<Refusal | undefined> {
  const { rules, body } = of;
  const { minItems } = rules;
  const json = await judgeJsonVector(of);
  if (json !== undefined) return json;
  if (body.byteLength % 4 !== 0)
    return refusal('format', `the body has ${counted(body.byteLength, 'byte')}, no multiple of four`);
  const numbers = new DataView(body.buffer, body.byteOffset, body.byteLength);
  for (let at = 0; at < body.byteLength; at += 4) {
    const number = numbers.getFloat32(at, true);
    if (!Number.isFinite(number)) return refusal('format', `number ${at / 4} of the vector is ${number}`);
  }
  const items = body.byteLength / 4;
  return items < minItems ? tooFew('vector', items, minItems) : undefined;
}

function judgeValue(rules: GuardRules, value: unknown, secrets: readonly string[]): Refusal | undefined {
  const failure = toldReason(rules, value, secrets);
  if (failure !== undefined) return refusal('error', failure);
  if (rules.notEmpty && isEmpty(value))
    return refusal('empty', `the body is empty: ${JSON.stringify(value)}`);
  for (const path of pathsOf(rules).required) {
    if (isEmpty(readPath(value, path))) return refusal('fields', `"${path.join('.')}" is missing or empty`);
  }
  return rules.minItems > 0 ? judgeItems(rules.minItems, value) : undefined;
}

function judgeItems(minItems: number, value: unknown): Refusal | undefined {
  if (!Array.isArray(value))
    return refusal(
      'items',
      `the body is not a list, and one of at least ${counted(minItems, 'item')} is asked`,
    );
  return value.length < minItems ? tooFew('list', value.length, minItems) : undefined;
}

function tooFew(what: string, items: number, minItems: number): Refusal {
  return refusal(
    'items',
    `the ${what} has ${counted(items, 'item')}, and at least ${count(minItems)} are asked`,
  );
}

/** Absent, null, `""`, `[]` or `{}`. Zero and false are values. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value !== 'object') return false;
  for (const name in value) if (Object.hasOwn(value, name)) return false;
  return true;
}

interface Paths {
  readonly required: readonly JsonPath[];
  /** What the rules look at. */
  readonly wanted: Wanted;
}

/** Rules are frozen settings that live as long as the process: their paths are parsed once. */
const parsed = new WeakMap<GuardRules, Paths>();

function pathsOf(rules: GuardRules): Paths {
  let paths = parsed.get(rules);
  if (paths === undefined) {
    const required = rules.require.map(parsePath);
    const error = rules.error === undefined ? [] : [{ path: parsePath(rules.error), whole: true }];
    const looked = required.map((path) => ({ path, whole: false }));
    paths = { required, wanted: wantedAt([...error, ...looked]) };
    parsed.set(rules, paths);
  }
  return paths;
}
