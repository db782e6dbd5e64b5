/** Compressing answers, as the client allows it (RFC 9110, 12.5.3). */
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip, zstdCompress } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Server } from './server.ts';

type Compress = (bytes: Uint8Array) => Promise<Buffer>;

const brotli = promisify(brotliCompress);
const inGzip = promisify(gzip);
const inZstd = promisify(zstdCompress);

/** What is preferred among equals comes first. The levels are those at which a server keeps up with its network. */
const CODINGS: ReadonlyMap<string, Compress> = new Map<string, Compress>([
  ['zstd', (bytes) => inZstd(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3 } })],
  ['br', (bytes) => brotli(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })],
  ['gzip', (bytes) => inGzip(bytes, { level: 5 })],
]);

/** In bytes. Less is not worth it; more would keep one thread busy for seconds. */
const SHORTEST = 1_024;
const LONGEST = 16 * 2 ** 20;

/** What is text, but for a stream, whose parts must not wait for each other. */
const COMPRESSIBLE =
  /^(?:text\/(?!event-stream)|application\/(?:[\w.+-]*\+)?(?:json|xml|javascript)\b|image\/svg\+xml)/i;

/** The coding in which these bytes are sent; undefined: as they are. */
export function codingFor(
  acceptEncoding: string | undefined,
  type: string,
  length: number,
): string | undefined {
  if (acceptEncoding === undefined || length < SHORTEST || length > LONGEST) return undefined;
  if (!COMPRESSIBLE.test(type)) return undefined;
  const wanted = weightsIn(acceptEncoding);
  const weightOf = (coding: string) =>
    wanted.get(coding) ?? (coding === 'gzip' ? wanted.get('x-gzip') : undefined) ?? wanted.get('*') ?? 0;
  const [best] = [...CODINGS.keys()].sort((a, b) => weightOf(b) - weightOf(a));
  if (best === undefined || weightOf(best) === 0) return undefined;
  return weightOf(best) >= (wanted.get('identity') ?? 0) ? best : undefined;
}

/** The strong tag of a form in this coding: its bytes are others (RFC 9110, 8.8.3.3). */
export function tagIn(coding: string | undefined, etag: string): string {
  return coding === undefined ? etag : `${etag.slice(0, -1)}-${coding}"`;
}

/** The tag of the form itself, in whatever coding a client got it. */
export function tagWithoutCoding(etag: string): string {
  return etag.replace(/-(?:zstd|br|gzip)"$/, '"');
}

/** Must be called after what looks at answers as they were made: from here on they are bytes in a coding. */
export function compressAnswers(app: Server): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return payload;
    return compressed(request, reply, typeof payload === 'string' ? Buffer.from(payload) : payload);
  });
}

async function compressed(request: FastifyRequest, reply: FastifyReply, bytes: Buffer): Promise<Buffer> {
  const type = String(reply.getHeader('content-type') ?? '');
  if (bytes.length >= SHORTEST && COMPRESSIBLE.test(type) && !reply.hasHeader('vary')) {
    reply.header('vary', 'accept-encoding');
  }
  const coding = codingFor(request.headers['accept-encoding'], type, bytes.length);
  const compress = coding === undefined ? undefined : CODINGS.get(coding);
  if (coding === undefined || compress === undefined) return bytes;
  const coded = await compress(bytes);
  reply.header('content-encoding', coding).removeHeader('content-length');
  return coded;
}

function weightsIn(acceptEncoding: string): ReadonlyMap<string, number> {
  return new Map(
    acceptEncoding.split(',').map((text) => {
      const [coding = '', ...params] = text.split(';').map((part) => part.trim().toLowerCase());
      const weight = params.find((param) => param.startsWith('q='))?.slice(2);
      const number = weight === undefined ? 1 : Number(weight);
      return [coding, number >= 0 && number <= 1 ? number : 0];
    }),
  );
}
