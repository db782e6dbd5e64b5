import slotOf from 'cluster-key-slot';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchesOf, MAX_BYTES, MAX_KEYS } from '../../../src/tiers/redis/redis-batches.ts';

describe('batches of Redis keys', () => {
  it('hold every place once, keep the order of one key, and stay within keys and bytes', () => {
    const call = fc.record({
      key: fc.string({ maxLength: 3 }),
      bytes: fc.nat({ max: Math.floor(MAX_BYTES * 1.2) }),
    });
    fc.assert(
      fc.property(fc.array(call, { maxLength: 500 }), fc.boolean(), (calls, clustered) => {
        const keys = calls.map(({ key }) => key);
        const payloads = calls.map(({ bytes }) => ({ byteLength: bytes }) as Uint8Array);
        const batches = batchesOf(keys, clustered, payloads);
        expect(batches.flat().sort((a, b) => a - b)).toEqual(keys.map((_, i) => i));
        const seen = new Map<string, number>();
        for (const i of batches.flat()) {
          expect(seen.get(keys[i] ?? '') ?? -1).toBeLessThan(i);
          seen.set(keys[i] ?? '', i);
        }
        for (const batch of batches) {
          const bytes = batch.reduce((sum, i) => sum + (calls[i]?.bytes ?? 0), 0);
          expect(batch.length).toBeLessThanOrEqual(MAX_KEYS);
          expect(bytes <= MAX_BYTES || batch.length === 1).toBe(true);
          if (clustered) expect(new Set(batch.map((i) => slotOf(keys[i] ?? ''))).size).toBe(1);
        }
      }),
    );
  });

  it('put a small batch into one call', () => {
    expect(batchesOf(['a', 'b', 'c'], false)).toEqual([[0, 1, 2]]);
  });

  it('keep keys of one hash tag together in a cluster', () => {
    expect(batchesOf(['{a}1', '{b}1', '{a}2'], true)).toEqual([[0, 2], [1]]);
  });
});
