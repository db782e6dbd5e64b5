/** What compressing would save, and cost, on the user's own bodies. */
import { setImmediate } from 'node:timers/promises';
import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  gunzipSync,
  gzipSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import type { Clock } from '../../core/clock.ts';
import { type Entry, NO_BODY } from '../../core/entry.ts';
import type { BenchReport } from './bench-report.ts';

interface Method {
  readonly name: 'zstd' | 'gzip' | 'brotli';
  readonly level: number;
  readonly pack: (body: Uint8Array) => Uint8Array;
  readonly unpack: (packed: Uint8Array) => Uint8Array;
}

const METHODS: readonly Method[] = [zstd(1), zstd(3), zstd(9), gzip(1), gzip(6), brotli(1), brotli(4)];

/** Time for one method, in ms: a few bodies are compressed again and again, of many only as many as fit. */
const SHORTEST_MS = 200;
const LONGEST_MS = 2_000;
const MOST_TIMES = 10_000;

export async function benchCompression(
  sample: readonly Entry[],
  clock: Clock,
  signal: AbortSignal,
): Promise<BenchReport['compression']> {
  const bodies = sample.map(({ body }) => body).filter((body) => body.byteLength > 0);
  const rows: BenchReport['compression'] = [];
  for (const method of bodies.length === 0 ? [] : METHODS)
    rows.push(await measure(method, bodies, clock, signal));
  return rows;
}

async function measure(method: Method, bodies: readonly Uint8Array[], clock: Clock, signal: AbortSignal) {
  let [plain, packed, packing, unpacking, count] = [0, 0, 0, 0, 0];
  for (let n = 0; n < MOST_TIMES; n += 1) {
    const spent = packing + unpacking;
    if (spent > LONGEST_MS || (n >= bodies.length && spent > SHORTEST_MS)) break;
    const body = bodies[n % bodies.length] ?? NO_BODY;
    signal.throwIfAborted();
    const began = clock.elapsed();
    const bytes = method.pack(body);
    const between = clock.elapsed();
    method.unpack(bytes);
    unpacking += clock.elapsed() - between;
    packing += between - began;
    plain += body.byteLength;
    packed += bytes.byteLength;
    count += 1;
    // Compression blocks the event loop, so other work gets its turn in between.
    await setImmediate();
  }
  return {
    ...{
      with: method.name,
      level: method.level,
      bodies: Math.min(count, bodies.length),
      ratio: plain / packed,
    },
    compressPerSecond: perSecond(plain, packing),
    decompressPerSecond: perSecond(plain, unpacking),
  };
}

function perSecond(bytes: number, ms: number): number {
  return ms === 0 ? 0 : Math.round((bytes / ms) * 1_000);
}

function zstd(level: number): Method {
  const params = { [constants.ZSTD_c_compressionLevel]: level };
  return {
    name: 'zstd',
    level,
    pack: (body) => zstdCompressSync(body, { params }),
    unpack: zstdDecompressSync,
  };
}

function gzip(level: number): Method {
  return { name: 'gzip', level, pack: (body) => gzipSync(body, { level }), unpack: gunzipSync };
}

function brotli(level: number): Method {
  const params = { [constants.BROTLI_PARAM_QUALITY]: level };
  return {
    name: 'brotli',
    level,
    pack: (body) => brotliCompressSync(body, { params }),
    unpack: brotliDecompressSync,
  };
}
