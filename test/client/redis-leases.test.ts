import { expect, test } from 'vitest';
import { describeLeases } from '../contract/leases.ts';
import { twoLeases } from './leases.steps.ts';

describeLeases('Redis', twoLeases);

test('leases of a source are in one slot of a cluster', async () => {
  const { here, redis, prefix } = await twoLeases();
  await here.take('profile', ['a', 'b'], 60_000);
  await here.mark('profile', ['c'], 60_000);
  const names = await redis.keys(`${prefix}:*`);
  expect(names).toHaveLength(3);
  for (const name of names) expect(name).toContain('{c:profile}');
});
