import { describe, expect, test } from 'vitest';
import { RedisVersions } from '../../src/catalog/redis-versions.ts';
import type { SharedVersion, Versions } from '../../src/catalog/versions.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

const AT = 1_767_225_600_000_000;

const create = () => new RedisVersions({ redis: connectRedis(), prefix: uniquePrefix() });

/** What versions must do, for the honest and for those who are not. */
async function check(versions: Versions): Promise<void> {
  expect(await versions.of('quote')).toBeUndefined();
  await versions.note('quote', { version: 'a', stamp: AT + 1 });
  await versions.note('profile', { version: 'b', stamp: 1 });
  await versions.note('quote', { version: 'c', stamp: AT + 3 });
  await versions.note('quote', { version: 'd', stamp: AT + 2 });
  expect(await versions.of('quote')).toEqual({ version: 'c', stamp: AT + 3 });
  expect(await versions.of('profile')).toEqual({ version: 'b', stamp: 1 });
}

/** Keeps what it was told last; for all sources together when it is careless. */
function liar(keyOf: (source: string) => string): Versions {
  const seen = new Map<string, SharedVersion>();
  return {
    of: async (source) => seen.get(keyOf(source)),
    note: async (source, version) => {
      seen.set(keyOf(source), version);
    },
  };
}

describe('the versions of sources', () => {
  test('are those that were asked for last, whatever the order they are told in', () => check(create()));

  test.each([
    ['forgets what is newest', (source: string) => source],
    ['mixes up sources', () => ''],
  ])('are not kept by one who %s', async (_, keyOf) => {
    await expect(check(liar(keyOf))).rejects.toThrow();
  });

  test.each(['a|b', '"x"', 'W/"ü"', '1'])('may be any text, such as %s', async (version) => {
    const versions = create();
    await versions.note('quote', { version, stamp: AT });
    expect(await versions.of('quote')).toEqual({ version, stamp: AT });
  });
});
