/** Fences that a server for jobs has lost are recorded there again by whoever knows them: with two real servers. */
import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { Events } from '../../../src/core/events.ts';
import { ALL, type Fence, ofPrefix, ofSource, ofTag } from '../../../src/tiers/invalidation/fences.ts';
import { EventLog } from '../../support/event-log.ts';
import { fencesOf } from '../../support/fences.ts';
import { twoServers } from '../../support/moving-address.ts';
import { uniquePrefix } from '../../support/redis.ts';
import { until } from '../../support/waiting.ts';

/** Fences of a process that reaches the first of two servers behind one address. */
async function fencesOverTwo() {
  const { primary, replica, redis, moveTo } = await twoServers();
  const prefix = uniquePrefix();
  const events = new Events();
  const log = new EventLog(events, ['fences:restored', 'problem']);
  const here = fencesOf({ prefix, redis, events });
  const at = (client: Redis) => fencesOf({ prefix, redis: client });
  const failOver = async () => {
    moveTo(replica.server);
    await until(
      'the fences are there again',
      async () => log.seen,
      (seen) => seen.some(({ name }) => name === 'fences:restored'),
    );
  };
  return { primary, replica, here, at, prefix, log, failOver };
}

/** The replica has what the primary has now, and hears nothing of what comes after. */
async function promote({
  primary,
  replica,
}: Pick<Awaited<ReturnType<typeof fencesOverTwo>>, 'primary' | 'replica'>) {
  await replica.client.replicaof('127.0.0.1', primary.server.port);
  await until(
    'the replica has everything',
    async () => [await primary.client.dbsize(), await replica.client.dbsize()],
    ([all, has]) => all === has,
  );
  await replica.client.replicaof('NO', 'ONE');
}

const entry = (fence: Fence | undefined, ...tags: string[]) => ({
  ...{ key: 'profile:7:1', source: 'profile', tags },
  stamp: (fence?.stamp ?? 0) - 1,
});
const atMarkets = (fences: readonly Fence[]) => fences.find(({ origin }) => origin === 'markets');

test('fences that a promoted replica never had hold there, of each kind, for processes that start and for those that know later ones', async () => {
  const world = await fencesOverTwo();
  const { replica, here, at, failOver } = world;
  await here.raise([ofTag('first')], 'drop');
  await promote(world);
  const tag = atMarkets(await here.raise([ofTag('lost')], 'drop'));
  const prefix = atMarkets(await here.raise([ofPrefix('profile:7')], 'stale'));
  const source = atMarkets(await here.raise([ofSource('profile')], 'stale'));
  const there = at(replica.client);
  const later = atMarkets(await there.raise([ofTag('later')], 'drop'));
  await there.sync();
  expect(there.modeOf(entry(tag, 'lost')), 'not known there').toBeUndefined();
  await failOver();
  const started = at(replica.client);
  for (const fences of [there, started]) {
    expect(await fences.sync()).toBe(true);
    expect(fences.modeOf(entry(tag, 'lost'))).toBe('drop');
    expect(fences.modeOf(entry(prefix))).toBe('stale');
    expect(fences.modeOf(entry(source))).toBe('stale');
    expect(fences.modeOf(entry(later, 'later'))).toBe('drop');
  }
  await here.sync();
  expect(here.modeOf(entry(later, 'later'))).toBe('drop');
});

test('a server whose clock is behind gives no stamp below a fence that was acknowledged', async () => {
  const world = await fencesOverTwo();
  const { here, replica, at, failOver } = world;
  const inAnHour = (Date.now() + 3_600_000) * 1_000;
  here.learn([{ origin: 'markets', target: ofTag('ahead'), mode: 'drop', stamp: inAnHour }]);
  await failOver();
  const next = atMarkets(await at(replica.client).raise([ALL], 'drop'));
  expect(next?.stamp).toBeGreaterThan(inAnHour);
});

test('fences of a server that was emptied are there again once a process finds its last one missing', async () => {
  const { primary, here, at, log } = await fencesOverTwo();
  const tag = atMarkets(await here.raise([ofTag('a')], 'drop'));
  await here.sync();
  await primary.client.flushall();
  await here.sync();
  expect(log.seen).toEqual([{ name: 'fences:restored', payload: { count: 2 } }]);
  const started = at(primary.client);
  await started.sync();
  expect(started.modeOf(entry(tag, 'a'))).toBe('drop');
});

test('nothing is recorded again where nothing is lost, also where the last fence was raised again', async () => {
  const { primary, here, at, prefix, log } = await fencesOverTwo();
  await here.raise([ofTag('a')], 'drop');
  await here.sync();
  await at(primary.client).raise([ofTag('a')], 'drop');
  await here.sync();
  await primary.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await until(
    'it is connected again',
    () => here.sync(),
    (isConnected) => isConnected,
  );
  expect(await primary.client.get(`${prefix}:{fences}:restored`)).toBeNull();
  expect(log.seen).toEqual([]);
});
