/**
 * The one way to run Lua on Redis. A script is declared once, as a value, and run by its digest: only a server that does
 * not know it (a new one, or one that restarted) is sent the text.
 *
 * What every script must keep to:
 *
 * - **It is idempotent.** ioredis sends a command again after a reconnect when its reply was lost, so Redis may execute
 *   any script twice. Numbers are absolute where that is possible; where a second execution counts twice, it is
 *   statistics only, and the contract says so.
 * - **Its keys share a hash tag** (see `keys.ts`), so that it runs on a cluster, too.
 * - **It is short.** Redis runs nothing else meanwhile: callers cut what they send with `slices`.
 *
 * Errors are those of ioredis: `reply` translates those of the jobs Redis, and a tier has its own words for its Redis.
 */
import { createHash } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import { ForewarmError, messageOf } from '../core/errors.ts';

export interface Script {
  readonly lua: string;
  /** The SHA-1 of `lua`, by which Redis knows it. */
  readonly sha: string;
  /** How many keys it takes; `any` for a script that treats every key alike. */
  readonly keys: number | 'any';
}

export function script(keys: Script['keys'], lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex'), keys };
}

type Arguments = readonly (string | number | Buffer)[];

/** Returns what the script does, with its strings as text. */
export function runScript(
  redis: Redis | Cluster,
  what: Script,
  keys: readonly string[],
  args: Arguments,
): Promise<unknown> {
  return byDigest(what, keys, args, (...command) => redis.call(...command));
}

/** Returns what the script does, with its strings as bytes. */
export function runScriptBuffer(
  redis: Redis | Cluster,
  what: Script,
  keys: readonly string[],
  args: Arguments,
): Promise<unknown> {
  return byDigest(what, keys, args, (...command) => redis.callBuffer(...command));
}

type Send = (name: string, ...args: (string | number | Buffer)[]) => Promise<unknown>;

async function byDigest(
  { lua, sha, keys: expected }: Script,
  keys: readonly string[],
  args: Arguments,
  send: Send,
): Promise<unknown> {
  if (expected !== 'any' && keys.length !== expected)
    throw new ForewarmError('E_INTERNAL', `a script of ${expected} keys was given ${keys.length}`);
  try {
    return await send('EVALSHA', sha, keys.length, ...keys, ...args);
  } catch (error) {
    if (!messageOf(error).startsWith('NOSCRIPT')) throw error;
    return send('EVAL', lua, keys.length, ...keys, ...args);
  }
}
