/** What a user's module answers and throws, made into what an origin answers and throws. */
import { z } from 'zod';
import { bodyOf } from '../../core/body.ts';
import type { BodyFormat } from '../../core/entry.ts';
import { messageOf, OriginError } from '../../core/errors.ts';
import { hideKnown } from '../../core/known-secrets.ts';
import { faultsOf, readWith } from '../../core/read-with.ts';
import { metadataFrom } from '../../core/validators.ts';
import { withoutMark } from '../json-path.ts';
import type { Fetched, OriginRequest } from '../origin.ts';

const text = z.string().min(1).optional();
const answer = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('body'),
    body: z.unknown(),
    contentType: text,
    etag: text,
    lastModified: text,
    version: text,
  }),
  z.strictObject({ kind: z.literal('unchanged') }),
  z.strictObject({ kind: z.literal('absent') }),
  z.strictObject({ kind: z.literal('error'), error: z.unknown() }),
]);

interface Asked {
  readonly name: string;
  readonly format: BodyFormat;
  readonly request: OriginRequest;
  readonly now: number;
  /** The origin's options, which the module may repeat in its messages. */
  readonly secrets: readonly string[];
}

/** The answer to one request, checked; one that is malformed is an error of its key. */
export function fetchedFrom({ name, format, request, now, secrets }: Asked, raw: unknown): Fetched {
  const malformed = (why: string): Fetched => {
    const message = `module origin "${name}" gave a malformed answer for "${request.key}": ${hideKnown(why, secrets)}`;
    return { kind: 'error', error: new OriginError('permanent', message) };
  };
  const parsed = readWith(answer, raw);
  if (!parsed.success) return malformed(faultsOf(parsed.error));
  const { data } = parsed;
  if (data.kind === 'error') return { kind: 'error', error: failureOf(name, data.error, { now, secrets }) };
  if (data.kind === 'absent') return data;
  if (data.kind === 'unchanged') {
    return request.known === undefined ? malformed('"unchanged", though nothing was known') : data;
  }
  if (data.body === undefined) return malformed('it has no body');
  try {
    return { kind: 'body', body: bytesOf(format, data.body), ...metadataFrom(data) };
  } catch (error) {
    return malformed(messageOf(error));
  }
}

/**
 * A module may return JSON as text, so text is not serialized again. It may go on writing into what it gave: so bytes are copied, and
 * no other has a turn while a value is written.
 */
function bytesOf(format: BodyFormat, body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return new Uint8Array(format === 'json' ? withoutMark(body) : body);
  if (format === 'json' && typeof body === 'string') return withoutMark(bodyOf('raw', body));
  return bodyOf(format === 'raw' && typeof body !== 'string' ? 'json' : format, body);
}

const failure = z
  .object({
    permanent: z.literal(true).optional().catch(undefined),
    retryAfter: z.number().min(0).optional().catch(undefined),
  })
  .catch({});

/** The failure that something thrown, or given as an error, stands for. */
export function failureOf(
  name: string,
  thrown: unknown,
  { now, secrets }: Pick<Asked, 'now' | 'secrets'>,
): OriginError {
  if (thrown instanceof OriginError) return thrown;
  const { permanent = false, retryAfter } = failure.parse(thrown);
  const message = `module origin "${name}" failed: ${hideKnown(messageOf(thrown), secrets)}`;
  if (permanent || retryAfter === undefined) {
    const init = { cause: thrown, refusesBatch: permanent };
    return new OriginError(permanent ? 'permanent' : 'retryable', message, init);
  }
  return new OriginError('throttled', message, { cause: thrown, retryAt: now + retryAfter });
}
