import { describe, expect, test } from 'vitest';
import { onDemand } from '../../src/flow/on-demand.ts';

interface Sums {
  add(a: number, b: number): Promise<number>;
  fail(): Promise<never>;
}

function counted() {
  let loads = 0;
  const sums: Sums = {
    add: async (a, b) => a + b,
    fail: async () => {
      throw new RangeError('too much');
    },
  };
  const methods = onDemand<Sums>({ add: true, fail: true }, async () => {
    loads += 1;
    return sums;
  });
  return { methods, loads: () => loads };
}

describe('methods that are loaded on demand', () => {
  test('are not loaded before one is called, and then once for all of them', async () => {
    const { methods, loads } = counted();
    expect(loads()).toBe(0);
    expect(await Promise.all([methods.add(1, 2), methods.add(3, 4)])).toEqual([3, 7]);
    await expect(methods.fail()).rejects.toThrow(new RangeError('too much'));
    expect(loads()).toBe(1);
  });

  test('reject when they cannot be loaded', async () => {
    const methods = onDemand<Sums>({ add: true, fail: true }, async () => {
      throw new Error('there is no such file');
    });
    await expect(methods.add(1, 2)).rejects.toThrow('there is no such file');
  });
});
