/** Options of a read, a write and an invalidation, and what programs may hand in for them. */
import { z } from 'zod';
import { abortSignal, callback, Method } from '../core/arguments.ts';
import { EVENT_NAMES } from '../core/event-names.ts';
import { INVALIDATION_MODES, type InvalidationMode } from '../core/invalidation-mode.ts';

export interface ReadOptions {
  /** Ends the wait: the call rejects with the signal's reason. What it waited for goes on for others. */
  readonly signal?: AbortSignal;
  /** Reads only the tiers of this host, memory and disk, and takes what they have. */
  readonly offline?: boolean;
}

export interface InvalidateOptions {
  /** `stale` serves the old value until there is a new one; `drop` removes it. Absent: `drop`. */
  readonly mode?: InvalidationMode;
  readonly signal?: AbortSignal;
}

export interface SetOptions {
  /** How long the value is fresh, in ms. Absent: the source's ttl. */
  readonly ttl?: number;
  /** Tags of this value besides those that its source gives, to invalidate it by. They go with the value. */
  readonly tags?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface ListOptions {
  /** What keys begin with. Absent: all. */
  readonly prefix?: string;
  readonly signal?: AbortSignal;
}

const signal = abortSignal().optional();
const key = ['key', z.string()] as const;
const keys = ['keys', z.array(z.string())] as const;
const reading = ['options', z.strictObject({ signal, offline: z.boolean().optional() }).optional()] as const;
const setting = [
  'options',
  z.strictObject({ ttl: z.int().min(1).optional(), tags: z.array(z.string()).optional(), signal }).optional(),
] as const;
const invalidating = [
  'options',
  z.strictObject({ mode: z.enum(INVALIDATION_MODES).optional(), signal }).optional(),
] as const;
/** Params are checked where keys are made of them. */
const many = ['params', z.array(z.unknown())] as const;

/** Whether options of a read are as they mostly are. A schema takes ten times as long, and only says what is wrong. */
export function areUsual(options: ReadOptions | undefined): boolean {
  if (options === undefined) return true;
  if (typeof options !== 'object' || options === null) return false;
  for (const name in options) {
    const value = options[name as keyof ReadOptions];
    const fits =
      name === 'signal' ? value instanceof AbortSignal : name === 'offline' && typeof value === 'boolean';
    if (!fits) return false;
  }
  return true;
}

/** What the methods of a reader take. */
export const READER = {
  source: new Method('source', [['name', z.string()]]),
  get: new Method('get', [key, reading]),
  getMany: new Method('getMany', [keys, reading]),
  lookup: new Method('lookup', [key, reading]),
  lookupMany: new Method('lookupMany', [keys, reading]),
  peek: new Method('peek', [key]),
  has: new Method('has', [key, reading]),
  set: new Method('set', [key, setting]),
  invalidate: new Method('invalidate', [
    ['keys', z.preprocess((given) => (typeof given === 'string' ? [given] : given), keys[1])],
    invalidating,
  ]),
  entries: new Method('entries', [
    ['options', z.strictObject({ prefix: z.string().optional(), signal }).optional()],
  ]),
  on: new Method('on', [
    ['name', z.enum(EVENT_NAMES)],
    ['listener', callback()],
  ]),
} as const;

/** What the methods of the reader of one source take besides params. */
export const SOURCE_READER = {
  get: new Method('get', [reading]),
  getMany: new Method('getMany', [many, reading]),
  lookup: new Method('lookup', [reading]),
  lookupMany: new Method('lookupMany', [many, reading]),
  has: new Method('has', [reading]),
  set: new Method('set', [setting]),
  setMany: new Method('setMany', [['values', z.array(z.tuple([z.unknown(), z.unknown()]))], setting]),
  invalidate: new Method('invalidate', [invalidating]),
  entries: new Method('entries', [['options', z.strictObject({ signal }).optional()]]),
} as const;
