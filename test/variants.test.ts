/** Each tier and each kind of origin has its folder and passes the contract; a new one is not forgotten. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Events } from '../src/core/events.ts';
import { requestKinds } from '../src/origins/kinds.ts';
import { isBacking, openStore, TIER_NAMES, tiersOptions } from '../src/tiers/kinds.ts';
import { temporaryFolder } from './support/disk.ts';
import { FakeClock } from './support/fake-clock.ts';
import { connectRedis } from './support/redis.ts';

interface Variants {
  readonly folder: string;
  readonly names: readonly string[];
  /** The suite of the contract. */
  readonly suite: string;
}

const VARIANTS: readonly Variants[] = [
  { folder: 'tiers', names: TIER_NAMES, suite: 'describeTier(' },
  { folder: 'origins', names: [...requestKinds.keys()], suite: 'describeOrigin(' },
];

/** Variants without a folder of their own, and those that no test runs through the suite. */
function missing({ folder, names, suite }: Variants): string[] {
  return names.flatMap((name) => {
    const tests = join('test', folder, name);
    const files = existsSync(tests) ? readdirSync(tests).filter((file) => file.endsWith('.test.ts')) : [];
    const runs = files.some((file) => readFileSync(join(tests, file), 'utf8').includes(suite));
    return [
      ...(existsSync(join('src', folder, name)) ? [] : [`src/${folder}/${name} does not exist`]),
      ...(runs ? [] : [`no test of ${tests} calls ${suite.slice(0, -1)}`]),
    ];
  });
}

describe.each(VARIANTS)('each variant in $folder', (variants) => {
  test('has a folder of its own, and a test that runs the contract', () => {
    expect(missing(variants)).toEqual([]);
  });

  test('is missed where it has neither', () => {
    expect(missing({ ...variants, names: ['nowhere'] })).toEqual([
      `src/${variants.folder}/nowhere does not exist`,
      `no test of test/${variants.folder}/nowhere calls ${variants.suite.slice(0, -1)}`,
    ]);
  });
});

test.each(TIER_NAMES)('the tier %s is a backing tier if others than its process see it', async (name) => {
  const path = join(temporaryFolder(), 'cache.db');
  const options = tiersOptions.parse({ disk: { path }, s3: { bucket: 'none' } });
  const deps = { clock: new FakeClock(), events: new Events(), redis: connectRedis() };
  const store = openStore(name, options, { ...deps, secrets: [], piggybackedKey: undefined });
  expect(store.name).toBe(name);
  expect(store.traits.reach !== 'process').toBe(isBacking(name));
  await store.close();
});
