/** Entries that were stored once, and that every later version must read: `test/fixtures/envelope`. */
import { spawnSync } from 'node:child_process';
import { createDecipheriv, createHmac } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { valueFrom } from '../../../src/core/body.ts';
import type { Entry } from '../../../src/core/entry.ts';
import { decode, encode } from '../../../src/tiers/format/envelope.ts';
import { golden as first } from '../../fixtures/envelope/v1.ts';
import { GOLDEN_KEYS, golden as second } from '../../fixtures/envelope/v2.ts';
import { codecOf } from '../../support/codecs.ts';

const FOLDER = new URL('../../fixtures/envelope/', import.meta.url);
const golden: Readonly<Record<string, Entry>> = { v1: first, ...second };
const codec = codecOf({ keys: { k2026: GOLDEN_KEYS.k2026, k2025: GOLDEN_KEYS.k2025 } });

async function bytesOf(name: string): Promise<Buffer> {
  const hex = await readFile(new URL(`${name}.hex`, FOLDER), 'utf8');
  return Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
}

it('there is an entry to each golden file', () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.hex'));
  expect(files.map((name) => name.replace('.hex', '')).sort()).toEqual(Object.keys(golden).sort());
});

describe.each(Object.entries(golden))('the golden file %s', (name, entry) => {
  it('is read', async () => {
    const opened = await codec.open(decode(await bytesOf(name), 'entry'));
    if (opened.kind !== 'plain') throw new Error(opened.reason);
    expect(opened.entry.head).toEqual(entry.head);
    expect(Buffer.from(opened.entry.body).toString('hex')).toBe(Buffer.from(entry.body).toString('hex'));
  });

  it('is what its stored entry is written as', async () => {
    const bytes = await bytesOf(name);
    expect(encode(decode(bytes, 'entry')).equals(bytes)).toBe(true);
  });
});

it.each(['v2-gzip', 'v2-zstd-encrypted', 'v2-float32'])(
  'every single flipped bit of the golden file %s is detected',
  async (name) => {
    const bytes = await bytesOf(name);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => decode(flipped, 'entry'), `bit ${bit}`).toThrow(
        expect.objectContaining({ code: 'E_TIER_CORRUPT' }),
      );
    }
  },
);

it('the golden bodies are what their formats say', () => {
  const value = (name: string) =>
    valueFrom(golden[name]?.head.format ?? 'raw', golden[name]?.body ?? Buffer.of());
  expect(value('v2-msgpack')).toEqual({ population: 436_348 });
  expect(value('v2-float32')).toEqual(Float32Array.of(1.5, -0.25, 0));
});

it('an encrypted body is written with its nonce as docs/format.md says, to the byte', async () => {
  const nonce = Uint8Array.from({ length: 12 }, (_, i) => 0xa0 + i);
  const sealing = codecOf({ compress: 'none', keys: { k2026: GOLDEN_KEYS.k2026 }, random: () => nonce });
  const entry = golden['v2-encrypted'];
  if (entry === undefined) throw new Error('no such golden file');
  expect(encode(await sealing.seal(entry)).equals(await bytesOf('v2-encrypted'))).toBe(true);
});

it('an encrypted body is read by nothing but what docs/format.md says', async () => {
  const { head, body } = decode(await bytesOf('v2-encrypted'), 'entry');
  const { key, encoding, format } = head;
  if (encoding === undefined) throw new Error('it is encrypted');
  const hmac = (text: string) =>
    createHmac('sha256', Buffer.from(GOLDEN_KEYS.k2026, 'base64')).update(text).digest();
  const checksum = (hmac(`mask\0${head.checksum}\0${key}`).readUInt32BE(0) ^ (encoding.masked ?? 0)) >>> 0;
  expect(hmac(`identity\0${checksum}\0${key}`).readUInt32BE(0)).toBe(head.checksum);
  const decipher = createDecipheriv('aes-256-gcm', hmac(`body\0${key}`), body.subarray(0, 12));
  decipher.setAAD(Buffer.from(`none\0${format}\0${encoding.plainBytes}\0${checksum}\0${key}`));
  decipher.setAuthTag(body.subarray(-16));
  const plain = Buffer.concat([decipher.update(body.subarray(12, -16)), decipher.final()]);
  expect(crc32(plain)).toBe(checksum);
  expect(plain.toString()).toContain('Zürich');
});

interface ReadInPython {
  readonly head?: Record<string, unknown>;
  readonly body?: string;
  /** The last line of its complaint. */
  readonly error?: string;
}

/** Runs the reader of docs/format.md on entries in hexadecimal, one a line. */
const DRIVER = `
import sys
for line in sys.stdin:
    try:
        head, body = read(bytes.fromhex(line))
        print(json.dumps({"head": head, "body": body.hex()}))
    except Exception as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}))
`;

async function readInPython(entries: readonly Buffer[]): Promise<ReadInPython[]> {
  const document = await readFile(new URL('../../../docs/format.md', import.meta.url), 'utf8');
  const [, reader = ''] = document.match(/^```python\n(.*?)^```$/ms) ?? [];
  const lines = reader.split('\n').filter((line) => line.trim() !== '');
  expect(lines.length, 'lines of the reader').toBeGreaterThan(10);
  expect(lines.length, 'lines of the reader').toBeLessThanOrEqual(25);
  const input = entries.map((bytes) => `${bytes.toString('hex')}\n`).join('');
  const { error, stdout, stderr } = spawnSync('python3', ['-c', reader + DRIVER], {
    input,
    encoding: 'utf8',
  });
  if (error !== undefined)
    throw new Error(`python3 cannot be run: ${error.message}; \`apt-get install python3\``);
  expect(stderr).toBe('');
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ReadInPython);
}

describe('the reader in Python of docs/format.md', () => {
  const plain = ['v1', 'v2-msgpack', 'v2-float32', 'v2-gzip'];

  it(`reads the golden files ${plain.join(', ')}`, async () => {
    const read = await readInPython(await Promise.all(plain.map(bytesOf)));
    for (const [i, name] of plain.entries()) {
      const { key, source, stamp, tags, fetchedAt, goneAt, format } = golden[name]?.head ?? {};
      const letter = format === 'msgpack' ? 'm' : format?.[0];
      const head = { key, source, stamp, tags, fetchedAt, goneAt, kind: 'v', format: letter };
      expect(read[i], name).toMatchObject({ head });
      expect(read[i]?.body, name).toBe(Buffer.from(golden[name]?.body ?? []).toString('hex'));
    }
  });

  it('says what it lacks for the others', async () => {
    const others = Object.keys(golden).filter((name) => !plain.includes(name));
    const read = await readInPython(await Promise.all(others.map(bytesOf)));
    expect(Object.fromEntries(others.map((name, i) => [name, read[i]?.error]))).toEqual({
      'v2-zstd': 'ValueError: bring a package for zstd',
      'v2-brotli': 'ValueError: bring a package for brotli',
      'v2-encrypted': 'ValueError: encrypted with the key k2026: bring AES-256-GCM',
      'v2-zstd-encrypted': 'ValueError: encrypted with the key k2026: bring AES-256-GCM',
      'v2-encrypted-with-an-old-key': 'ValueError: encrypted with the key k2025: bring AES-256-GCM',
    });
  });

  it('refuses every flipped bit, and every truncation', async () => {
    const bytes = await bytesOf('v2-gzip');
    const flipped = Array.from({ length: bytes.length * 8 }, (_, bit) => {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return damaged;
    });
    const cut = Array.from({ length: bytes.length - 1 }, (_, length) => bytes.subarray(0, length + 1));
    const read = await readInPython([...flipped, ...cut]);
    expect(read.length).toBe(flipped.length + cut.length);
    expect(read.findIndex(({ error }) => error === undefined)).toBe(-1);
  });
});
