/**
 * Bodies that come encoded, though they are asked for as they are: what is stored must not depend on a transfer coding. Some servers
 * keep their files compressed and send nothing else.
 */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw, zstdDecompress } from 'node:zlib';
import { messageOf, OriginError } from '../../core/errors.ts';
import { formatSize } from '../../core/units.ts';
import { shown } from '../words.ts';

type Decoder = (body: Uint8Array, maxOutputLength: number) => Promise<Uint8Array>;

const unzip = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(gunzip);
const deflated = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(inflate);
const rawDeflated = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(inflateRaw);
const brotli = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(brotliDecompress);
const zstd = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(zstdDecompress);

const gzipped: Decoder = (body, maxOutputLength) => unzip(body, { maxOutputLength });

const DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ['gzip', gzipped],
  ['x-gzip', gzipped],
  // Meant is the format of zlib (RFC 9110, 8.4.1.2); some servers send it without its frame.
  [
    'deflate',
    (body, maxOutputLength) =>
      ((body[0] ?? 0) & 0x0f) === 8
        ? deflated(body, { maxOutputLength })
        : rawDeflated(body, { maxOutputLength }),
  ],
  ['br', (body, maxOutputLength) => brotli(body, { maxOutputLength })],
  ['zstd', (body, maxOutputLength) => zstd(body, { maxOutputLength })],
]);

/** One over another; more are made by mistake, or to keep us busy. */
const MOST_CODINGS = 3;

/**
 * The body without its codings. Throws an `OriginError`: permanent for a coding that is not known, or a body over the bound;
 * retryable for one that is cut off or damaged. `name` is that of the call, `secrets` what it carried.
 */
export async function decoded(
  body: Uint8Array,
  codings: string | undefined,
  maxBodyBytes: number,
  name: string,
  secrets: readonly string[],
): Promise<Uint8Array> {
  const applied = (codings ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim());
  const real = applied.filter((coding) => coding !== '' && coding !== 'identity');
  const unknown = real.find((coding) => !DECODERS.has(coding));
  if (unknown !== undefined || real.length > MOST_CODINGS) {
    const what = `content-encoding ${JSON.stringify(shown(codings ?? '', secrets).slice(0, 80))}, though identity was asked for`;
    throw new OriginError(
      'permanent',
      `${name} answered with ${what}; known are ${[...DECODERS.keys()].join(', ')}`,
    );
  }
  let bytes = body;
  for (const coding of real.toReversed()) {
    const decode = DECODERS.get(coding);
    if (decode === undefined || bytes.byteLength === 0) continue;
    bytes = await decode(bytes, maxBodyBytes).catch((cause: Error & { code?: string }) => {
      throw failureOf(cause, coding, maxBodyBytes, name);
    });
  }
  return bytes;
}

function failureOf(
  cause: Error & { code?: string },
  coding: string,
  bound: number,
  name: string,
): OriginError {
  if (cause.code === 'ERR_BUFFER_TOO_LARGE') {
    return new OriginError(
      'permanent',
      `${name} answered more than ${formatSize(bound)} (maxBodyBytes) of ${coding}`,
      { refusesBatch: true },
    );
  }
  const message = `${name} answered with ${coding} that cannot be decoded: ${messageOf(cause)}`;
  return new OriginError('retryable', message, { cause, answered: true });
}
