/** Keys that are configured, changed and lost, in composed apps on a real Redis and a real file. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import type { App } from '../../src/app/app.ts';
import { warmRequest } from '../../src/verbs/runs/warm-request.ts';
import { type Installation, install, start } from '../support/build-installation.ts';
import { keyOf } from '../support/codecs.ts';
import { found } from '../support/entry-reads.ts';
import { json } from '../support/scripted-server.ts';
import { until } from '../support/waiting.ts';

const SECRET = 'nobody reads this in a store';
const [K1, K2] = [keyOf(1), keyOf(2)];

/** An installation, and apps of it with one encryption setting after the other. */
async function installed() {
  const installation = await install({ aof: false });
  installation.origin.answer(json({ text: SECRET }));
  const withKeys = (encrypt: object) => start(installation, ['worker'], { codec: { encrypt } });
  return { installation, withKeys };
}

async function warm(app: App): Promise<unknown> {
  const { run } = await app.verbs.warm(warmRequest.parse({}), 'cli');
  const ended = ({ state }: { state: string }) => state === 'ended';
  return (await until('the end', () => app.verbs.run(run.id), ended)).counts;
}

async function textOf(app: App, key: string): Promise<string | undefined> {
  const value = found(await app.verbs.get(key, false));
  return value && Buffer.from(value.body).toString();
}

/** Everything that Redis and the disk hold, one after the other, once nobody has the file open. */
async function everythingIn({ server, folder }: Installation): Promise<string> {
  const redis = new Redis(server.url);
  onTestFinished(() => redis.disconnect());
  const keys = await redis.keys('fw:*');
  expect(keys.sort()).toEqual(['fw:profile:1', 'fw:profile:2']);
  const blobs = await redis.mgetBuffer(keys);
  const file = await readFile(join(folder, 'cache.db'));
  return Buffer.concat([...blobs.map((blob) => blob ?? Buffer.of()), file]).toString('latin1');
}

const stop = (app: App) => app.stop(Date.now() + 3_000);

test.each([
  ['without a key a store shows a body', {}, true],
  ['with a key no store shows a body', { keys: { k1: K1 }, current: 'k1' }, false],
])('%s', async (_, encrypt, shows) => {
  const { installation, withKeys } = await installed();
  const app = await withKeys(encrypt);
  await warm(app);
  await stop(app);
  expect((await everythingIn(installation)).includes(SECRET)).toBe(shows);
  expect(await textOf(await withKeys(encrypt), 'profile:1')).toContain(SECRET);
});

test('what was stored before there was a key is read, and gc encrypts it', async () => {
  const { installation, withKeys } = await installed();
  const plain = await withKeys({});
  await warm(plain);
  await stop(plain);
  const app = await withKeys({ keys: { k1: K1 }, current: 'k1' });
  expect(await textOf(app, 'profile:1')).toContain(SECRET);
  expect((await app.verbs.gc()).recoded).toBe(4);
  await stop(app);
  expect((await everythingIn(installation)).match(/"key":"k1"/g)?.length).toBeGreaterThanOrEqual(4);
  const without = await withKeys({});
  expect(await textOf(without, 'profile:1')).toBeUndefined();
});

test('a key is changed without a miss: gc writes anew, then the old one may go', async () => {
  const { withKeys } = await installed();
  const first = await withKeys({ keys: { k1: K1 }, current: 'k1' });
  await warm(first);
  await stop(first);
  const both = await withKeys({ keys: { k1: K1, k2: K2 }, current: 'k2' });
  expect(await textOf(both, 'profile:1')).toContain(SECRET);
  expect((await both.verbs.gc()).recoded).toBe(4);
  expect((await both.verbs.gc()).recoded).toBe(0);
  await stop(both);
  const second = await withKeys({ keys: { k2: K2 }, current: 'k2' });
  expect(await textOf(second, 'profile:1')).toContain(SECRET);
  expect(await warm(second), 'nothing is fetched for it').toMatchObject({ 'already-warm': 2 });
});

test.each([
  ['is not there', { k2: K2 }, 'k2'],
  ['is another one', { k1: K2 }, 'k1'],
])('a key that %s makes misses, which a warm makes good', async (_, keys, current) => {
  const { withKeys } = await installed();
  const first = await withKeys({ keys: { k1: K1 }, current: 'k1' });
  await warm(first);
  await stop(first);
  const app = await withKeys({ keys, current });
  const corrupt: string[] = [];
  app.events.on('tier:corrupt', ({ tier }) => corrupt.push(tier));
  expect(await textOf(app, 'profile:1')).toBeUndefined();
  expect([...new Set(corrupt)].sort()).toEqual(['disk', 'redis']);
  expect(await warm(app)).toMatchObject({ warmed: 2 });
  expect(await textOf(app, 'profile:1')).toContain(SECRET);
});
