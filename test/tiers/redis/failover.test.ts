/** A replica that is promoted without the last writes gets them again: with two real servers behind one address. */

import { expect, test } from 'vitest';
import { Events } from '../../../src/core/events.ts';
import { NEVER } from '../../../src/core/never.ts';
import { RecentWrites } from '../../../src/tiers/redis/recent-writes.ts';
import { RedisTier } from '../../../src/tiers/redis/redis-tier.ts';
import type { Write } from '../../../src/tiers/tier.ts';
import { entryOf, tombstoneOf } from '../../support/entries.ts';
import { twoServers } from '../../support/moving-address.ts';
import { until } from '../../support/waiting.ts';

const put = (key: string, value: string, stamp: number): Write => ({
  kind: 'put',
  entry: entryOf(key, value, { stamp }),
});

test('writes that a promoted replica never had are there again, values and tombstones; newer ones of its own stay', async () => {
  const { primary, replica, redis, moveTo } = await twoServers();
  const tier = new RedisTier({ redis, prefix: 'fw:', events: new Events() });
  const old = ['a', 'dropped', 'overtaken'];
  await tier.putMany(
    old.map((key) => put(key, 'old', 10)),
    NEVER,
  );
  await replica.client.replicaof('127.0.0.1', primary.server.port);
  await until(
    'the replica has everything',
    () => replica.client.dbsize(),
    (keys) => keys === old.length,
  );
  // From here on the replica hears nothing more.
  await replica.client.replicaof('NO', 'ONE');
  await tier.putMany(
    [put('a', 'new', 20), put('only', 'new', 20), put('overtaken', 'new', 20)].concat({
      kind: 'put',
      entry: tombstoneOf('dropped', 20),
    }),
    NEVER,
  );
  const other = new RedisTier({ redis: replica.client, prefix: 'fw:', events: new Events() });
  await other.putMany([put('overtaken', 'newest', 30)], NEVER);
  moveTo(replica.server);
  await until(
    'it has what was written last',
    () => other.getMany(['only'], 'head', NEVER),
    ([only]) => only !== undefined,
  );
  const entries = await other.getMany(['a', 'only', 'overtaken', 'dropped'], 'entry', NEVER);
  expect(entries.map((entry) => [entry?.head.kind, String(entry?.body ?? '')])).toEqual([
    ['value', 'new'],
    ['value', 'new'],
    ['value', 'newest'],
    ['dropped', ''],
  ]);
});

test('recent writes keep their own bytes alive, and not what these are a slice of', () => {
  const recent = new RecentWrites(10_000);
  const slab = Buffer.alloc(65_536, 'x');
  recent.add({ key: 'k', payload: slab.subarray(100, 150) });
  recent.add({ key: 'whole', payload: Buffer.alloc(5_000, 'y') });
  const sizes = recent
    .all()
    .map(({ payload }) => [String(payload.subarray(0, 2)), payload.buffer.byteLength]);
  expect(sizes).toEqual([
    ['xx', 50],
    ['yy', 5_000],
  ]);
});

test('recent writes are the last ones, within their bound', () => {
  const recent = new RecentWrites(10_000);
  const payload = Buffer.alloc(900);
  for (let i = 0; i < 1_000; i += 1) recent.add({ key: `k:${i}`, payload });
  const keys = recent.all().map(({ key }) => key);
  expect(keys).toEqual(Array.from({ length: keys.length }, (_, i) => `k:${1_000 - keys.length + i}`));
  expect(keys.length).toBe(9);
});
