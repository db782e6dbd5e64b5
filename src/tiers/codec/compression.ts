/** Compressing bodies and expanding them again, one pair for each algorithm. */
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import type { Compression } from '../../core/entry.ts';

/** `now` works at once and holds the thread up; `away` works in another thread, which pays for large bodies only. */
interface Compressor {
  /** The lowest and the highest level that it takes. */
  readonly levels: readonly [number, number];
  readonly compress: { now(body: Uint8Array, level: number): Buffer; away: Away<number> };
  /** With the number of bytes that come out: more are an error. */
  readonly expand: { now(stored: Uint8Array, bytes: number): Buffer; away: Away<number> };
}

type Away<Option> = (bytes: Uint8Array, option: Option) => Promise<Buffer>;

/** Reserved for what comes out, so that most bodies need one piece of memory; and at most. */
const SMALLEST_CHUNK = 64;
const LARGEST_CHUNK = 2 ** 20;

const { ZSTD_c_compressionLevel: ZSTD_LEVEL, BROTLI_PARAM_QUALITY } = zlib.constants;
const { BROTLI_PARAM_SIZE_HINT } = zlib.constants;

function expanding(bytes: number) {
  const chunkSize = Math.min(LARGEST_CHUNK, Math.max(SMALLEST_CHUNK, bytes));
  return { chunkSize, maxOutputLength: Math.max(1, bytes) };
}

const zstd = (level: number) => ({ params: { [ZSTD_LEVEL]: level } });
const brotli = (level: number, bytes: number) => ({
  params: { [BROTLI_PARAM_QUALITY]: level, [BROTLI_PARAM_SIZE_HINT]: bytes },
});

const away = {
  zstd: promisify<Uint8Array, zlib.ZstdOptions, Buffer>(zlib.zstdCompress),
  unzstd: promisify<Uint8Array, zlib.ZstdOptions, Buffer>(zlib.zstdDecompress),
  gzip: promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.gzip),
  gunzip: promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.gunzip),
  brotli: promisify<Uint8Array, zlib.BrotliOptions, Buffer>(zlib.brotliCompress),
  unbrotli: promisify<Uint8Array, zlib.BrotliOptions, Buffer>(zlib.brotliDecompress),
};

export const COMPRESSORS: Readonly<Record<Exclude<Compression, 'none'>, Compressor>> = {
  zstd: {
    levels: [1, 22],
    compress: {
      now: (body, level) => zlib.zstdCompressSync(body, zstd(level)),
      away: (body, level) => away.zstd(body, zstd(level)),
    },
    expand: {
      now: (stored, bytes) => zlib.zstdDecompressSync(stored, expanding(bytes)),
      away: (stored, bytes) => away.unzstd(stored, expanding(bytes)),
    },
  },
  gzip: {
    levels: [1, 9],
    compress: {
      now: (body, level) => zlib.gzipSync(body, { level }),
      away: (body, level) => away.gzip(body, { level }),
    },
    expand: {
      now: (stored, bytes) => zlib.gunzipSync(stored, expanding(bytes)),
      away: (stored, bytes) => away.gunzip(stored, expanding(bytes)),
    },
  },
  brotli: {
    levels: [0, 11],
    compress: {
      now: (body, level) => zlib.brotliCompressSync(body, brotli(level, body.byteLength)),
      away: (body, level) => away.brotli(body, brotli(level, body.byteLength)),
    },
    expand: {
      now: (stored, bytes) => zlib.brotliDecompressSync(stored, expanding(bytes)),
      away: (stored, bytes) => away.unbrotli(stored, expanding(bytes)),
    },
  },
};
