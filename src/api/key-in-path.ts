import type { FastifyRequest } from 'fastify';
import { ForewarmError } from '../core/errors.ts';
import { quote } from '../core/quote.ts';
import { pathOf } from './problem.ts';

export const KEY_IN_PATH =
  'The key stands in the path percent-encoded, as `encodeURIComponent` does it: a `%` of the key is sent as `%25`, and ' +
  'a `/` as `%2F` or as it is.';

/**
 * The key in a path `/v1/entries/KEY`, decoded exactly once. It is cut from the path as it was sent: keys hold `/` and
 * `%XX` of their own, and a router may decode more or less than once.
 */
export function keyInPath({ raw }: FastifyRequest): string {
  const [, encoded = ''] = /^\/[^/]*\/[^/]*\/(.*)$/s.exec(pathOf(raw.url)) ?? [];
  if (encoded === '') throw new ForewarmError('E_NOT_FOUND', 'the path has no key');
  try {
    return decodeURIComponent(encoded);
  } catch (cause) {
    throw new ForewarmError('E_REQUEST_INVALID', `${quote(encoded)} is not percent-encoded UTF-8`, { cause });
  }
}
