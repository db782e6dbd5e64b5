/** Waiting for a reply of the jobs Redis: its errors are translated here, and nowhere else. */
import { ReplyError } from 'ioredis';
import { ForewarmError, messageOf } from '../core/errors.ts';
import { meaningOf } from './connection-error.ts';
import { remedyOf } from './refusals.ts';

/** Redis's reply, or the one error of ours that its failure stands for. */
export async function reply<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw refusalOf(cause, 'the jobs Redis');
  }
}

/** What a failed command means, whatever failed: `who` was asked. */
export function refusalOf(cause: unknown, who: string): ForewarmError {
  if (cause instanceof ForewarmError) return cause;
  const message = messageOf(cause);
  const remedy = remedyOf(message);
  if (remedy !== undefined) {
    const text = `${who} refused a command: ${message}; ${remedy}`;
    return new ForewarmError('E_REDIS_UNAVAILABLE', text, { cause });
  }
  // Redis understood us, and there is a mistake in what we said.
  return cause instanceof ReplyError && /^(ERR|WRONGTYPE|NOSCRIPT) /.test(message)
    ? new ForewarmError('E_INTERNAL', `${who} refused a command: ${message}`, { cause })
    : new ForewarmError(
        'E_REDIS_UNAVAILABLE',
        `${who} did not answer: ${meaningOf(cause)}; check \`redis.jobs\``,
        {
          cause,
        },
      );
}
