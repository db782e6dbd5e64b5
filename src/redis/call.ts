/**
 * How the catalog talks to Redis. ioredis sends commands again after a reconnect when their reply was lost, so whatever
 * is called here must do no harm when Redis executes it twice.
 */
import { createHash } from 'node:crypto';
import { type Redis, ReplyError } from 'ioredis';
import { ForewarmError, messageOf } from '../core/errors.ts';

/** How many members one command carries: it bounds how long Redis serves nobody else, and what Lua's stack must hold. */
export const SLICE = 1_000;

/** A Lua script, and the digest that Redis knows it by. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

export function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/** Runs a script by its digest; a server that does not know it (new, or restarted) gets the text. */
export function evaluate(
  redis: Redis,
  { lua, sha }: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  return answer(
    redis.evalsha(sha, keys.length, ...keys, ...args).catch((error: unknown) => {
      if (!messageOf(error).startsWith('NOSCRIPT')) throw error;
      return redis.eval(lua, keys.length, ...keys, ...args);
    }),
  );
}

/** Redis's answer, or the one error of ours that its failure stands for. */
export async function answer<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply;
  } catch (cause) {
    if (cause instanceof ForewarmError) throw cause;
    const ours = cause instanceof ReplyError && /^(ERR|WRONGTYPE|NOSCRIPT) /.test(messageOf(cause));
    throw ours
      ? new ForewarmError('E_INTERNAL', `Redis refused a command of the catalog: ${messageOf(cause)}`, {
          cause,
        })
      : new ForewarmError(
          'E_REDIS_UNAVAILABLE',
          `the jobs Redis did not answer the catalog: ${messageOf(cause)}; check \`redis.jobs\``,
          { cause },
        );
  }
}

/** Pieces of at most `size`, in order. */
export function slices<T>(all: readonly T[], size: number = SLICE): (readonly T[])[] {
  if (all.length <= size) return all.length === 0 ? [] : [all];
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}
