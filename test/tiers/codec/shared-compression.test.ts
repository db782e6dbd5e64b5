import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { AWAY_BYTES, SharedCompression } from '../../../src/tiers/codec/shared-compression.ts';
import { codecOf } from '../../support/codecs.ts';
import { entryOf } from '../../support/entries.ts';

const body = Buffer.from('market '.repeat(500));

test('a body is compressed once for several tiers', async () => {
  const compression = new SharedCompression();
  const [one, other] = [codecOf({ compression }), codecOf({ compression })];
  const entry = entryOf('k', body);
  expect((await one.seal(entry)).body).toBe((await other.seal(entry)).body);
});

test('another body, algorithm or level is another matter', () => {
  const compression = new SharedCompression();
  const first = compression.compress(body, 'gzip', 3);
  expect(compression.compress(body, 'gzip', 3)).toBe(first);
  expect(compression.compress(Buffer.from(body), 'gzip', 3)).not.toBe(first);
  expect(compression.compress(body, 'gzip', 4)).not.toBe(first);
  expect(compression.compress(body, 'zstd', 3)).not.toBe(first);
});

test('a large body is compressed in another thread, once as well', async () => {
  const compression = new SharedCompression();
  const large = Buffer.alloc(AWAY_BYTES, 'market ');
  const first = compression.compress(large, 'gzip', 3);
  expect(first).toBeInstanceOf(Promise);
  expect(compression.compress(large, 'gzip', 3)).toBe(first);
  expect(gunzipSync(await first).equals(large)).toBe(true);
});

test('what it became is forgotten when enough others came', () => {
  const compression = new SharedCompression();
  const first = compression.compress(body, 'gzip', 1);
  const others = (count: number) => {
    for (let i = 0; i < count; i += 1) compression.compress(Buffer.alloc(200_000, i), 'zstd', 1);
  };
  others(30);
  expect(compression.compress(body, 'gzip', 1)).toBe(first);
  others(60);
  expect(compression.compress(body, 'gzip', 1)).not.toBe(first);
});
