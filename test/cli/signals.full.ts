/** Every signal and every way to start, which takes long. */
import { describe, expect, test } from 'vitest';
import { endedBy, STARTS } from './signals.ts';

describe.skipIf(process.platform !== 'linux')('nothing is left running', () => {
  test('after any signal to what was started, be it npm or npx', async () => {
    expect(await Promise.all(STARTS.map(endedBy))).toEqual(STARTS.map(() => true));
  });
});
