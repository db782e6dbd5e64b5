/**
 * What writers change without a word: JSON makes null of NaN and `{}` of a Set, MessagePack bytes of any typed array, and UTF-8 has
 * no half of a surrogate pair. A value that would come back as another one is found here, and named by its path.
 *
 * Left out, as everyone expects: members that are undefined, and those named by a symbol. Of an object of a class its own members are
 * written, or what its `toJSON` returns; JSON writes -0 as 0.
 */
import { types } from 'node:util';
import { quote } from './quote.ts';

/** Where the first change is, and what it is. The path is put together on the way back, so that ordinary values pay nothing for it. */
interface Change {
  readonly path: (string | number)[];
  readonly why: string;
}

export type Notation = 'json' | 'msgpack';

/** What of the value would be changed, such as `"rates.3" is NaN`; undefined: nothing. For values that were written, and so have an end. */
export function changeIn(notation: Notation, value: unknown): string | undefined {
  const change = notation === 'json' ? inJson(value, '') : inPacked(value);
  if (change === undefined) return undefined;
  const { path, why } = change;
  return path.length === 0 ? `it is ${why}` : `${quote(path.reverse().join('.'))} is ${why}`;
}

/** Half of a surrogate pair: whatever it was cut from, it becomes U+FFFD in UTF-8, as every other half does. */
export const HALF_A_PAIR = 'text with half of a surrogate pair in it';

const found = (why: string): Change => ({ path: [], why });

function inJson(value: unknown, name: string): Change | undefined {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : found(String(value));
  if (typeof value !== 'object') return typeof value === 'bigint' ? undefined : found(kindOf(value));
  if (Array.isArray(value)) return inList(value, inJson);
  const { toJSON } = value as { toJSON?: unknown };
  if (toJSON === undefined && isPlain(value)) return inMembers(value, inJson);
  if (types.isArrayBufferView(value)) return strange(value);
  // As JSON does: a date that is none is null.
  if (types.isDate(value)) return Number.isNaN(value.getTime()) ? found('a date that is none') : undefined;
  if (typeof toJSON === 'function') {
    const given: unknown = toJSON.call(value, name);
    return given === undefined ? undefined : inJson(given, name);
  }
  if (types.isBoxedPrimitive(value)) return inJson(value.valueOf(), name);
  return isPlain(value) ? inMembers(value, inJson) : (strange(value) ?? inMembers({ ...value }, inJson));
}

function inPacked(value: unknown): Change | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : found(HALF_A_PAIR);
  if (typeof value === 'function' || typeof value === 'symbol') return found(kindOf(value));
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return inList(value, inPacked);
  if (isPlain(value)) return inMembers(value, inPacked);
  if (types.isUint8Array(value)) return undefined;
  if (types.isDate(value)) return Number.isNaN(value.getTime()) ? found('a date that is none') : undefined;
  const change = types.isBoxedPrimitive(value) ? found(kindOf(value)) : strange(value);
  if (change !== undefined) return change;
  const { toJSON } = value as { toJSON?: unknown };
  return typeof toJSON === 'function' ? inPacked(toJSON.call(value)) : inMembers({ ...value }, inPacked);
}

type Walk = (value: unknown, name: string) => Change | undefined;

/** JSON writes null for what is undefined here; a hole is read as undefined by every format. */
function inList(list: readonly unknown[], walk: Walk): Change | undefined {
  for (let i = 0; i < list.length; i += 1) {
    const item = list[i];
    if (typeof item === 'number' && Number.isFinite(item)) continue;
    const change = item === undefined ? missing(list, i, walk) : walk(item, String(i));
    if (change === undefined) continue;
    change.path.push(i);
    return change;
  }
  return list.length > LONGEST_LOOKED_AT ? undefined : besideItems(list);
}

/** Longer lists are data, and to look at each of their names would take long. */
const LONGEST_LOOKED_AT = 10_000;

/** What a list has besides its items is written by no format, as that of the matches of a regular expression. */
function besideItems(list: readonly unknown[]): Change | undefined {
  const names = Object.keys(list);
  // Indexes come first.
  for (let name = names.pop(); name !== undefined && !/^\d+$/.test(name); name = names.pop())
    if (Reflect.get(list, name) !== undefined)
      return { path: [name], why: 'a member of a list besides its items' };
  return undefined;
}

function missing(list: readonly unknown[], i: number, walk: Walk): Change | undefined {
  if (!(i in list)) return found('a hole in a list');
  return walk === inJson ? found('undefined') : undefined;
}

/** Of a plain object, which inherits nothing: so `for in` is safe, and faster than `Object.keys`. */
function inMembers(map: object, walk: Walk): Change | undefined {
  for (const name in map) {
    const member = map[name as keyof typeof map] as unknown;
    if (member === undefined) continue;
    const isNamed = walk === inJson || name.isWellFormed();
    if (isNamed && typeof member === 'number' && Number.isFinite(member)) continue;
    const change = isNamed ? walk(member, name) : found(HALF_A_PAIR);
    if (change === undefined) continue;
    change.path.push(name);
    return change;
  }
  return undefined;
}

/** Nothing but members. That of another realm (`node:vm`) inherits from another `Object.prototype`. */
function isPlain(value: object): boolean {
  const kind: unknown = Object.getPrototypeOf(value);
  return kind === Object.prototype || kind === null || Object.getPrototypeOf(kind) === null;
}

/** An object whose content is not in its members. */
function strange(value: object): Change | undefined {
  const { toJSON } = value as { toJSON?: unknown };
  if (!ArrayBuffer.isView(value) && typeof toJSON === 'function') return undefined;
  const hidden = types.isMap(value) || types.isSet(value) || types.isNativeError(value);
  const isBytes = types.isAnyArrayBuffer(value) || ArrayBuffer.isView(value);
  if (!hidden && !isBytes && Object.keys(value).length > 0) return undefined;
  return found(kindOf(value));
}

/** Such as `a Set` or `a function`. */
function kindOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`;
  if (types.isBoxedPrimitive(value)) return 'a boxed value';
  const { name } = (Object.getPrototypeOf(value) as { constructor?: { name?: unknown } }).constructor ?? {};
  return typeof name === 'string' && /^\w{1,40}$/.test(name)
    ? `an object of class ${name}`
    : 'an object of a class';
}
