/** Waiting for a reply of the jobs Redis: its errors are translated here, and nowhere else. */
import { ReplyError } from 'ioredis';
import { ForewarmError, messageOf } from '../core/errors.ts';

/** Redis's reply, or the one error of ours that its failure stands for. */
export async function reply<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof ForewarmError) throw cause;
    // Redis understood us, and there is a mistake in what we said. Other error replies (OOM, READONLY) are its own state.
    const isOurMistake = cause instanceof ReplyError && /^(ERR|WRONGTYPE|NOSCRIPT) /.test(messageOf(cause));
    throw isOurMistake
      ? new ForewarmError('E_INTERNAL', `the jobs Redis refused a command: ${messageOf(cause)}`, { cause })
      : new ForewarmError(
          'E_REDIS_UNAVAILABLE',
          `the jobs Redis did not answer: ${messageOf(cause)}; check \`redis.jobs\``,
          { cause },
        );
  }
}
