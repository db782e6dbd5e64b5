import { expect, inject, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { addressOf, FAIL_FAST, openServer, RETRYING } from '../../src/redis/connect.ts';
import { Link } from '../chaos/link.ts';
import { ScriptedSentinel } from '../support/scripted-sentinel.ts';
import { until } from '../support/waiting.ts';

/** The longest that BullMQ lets a read wait for a job, in ms. */
const BULLMQ_WAITS = 10_000;

const ACCESS = { tls: {}, sentinelUsername: undefined, sentinelPassword: undefined, clock: systemClock };

test('a connection that dies silently is replaced when a reply is due', async () => {
  const link = await Link.start(Number(new URL(inject('redisUrl')).port));
  onTestFinished(() => link.close());
  const client = openServer(addressOf(`redis://${link.address}`), ACCESS, {
    ...FAIL_FAST,
    socketTimeout: 200,
  });
  onTestFinished(() => client.disconnect());
  client.on('error', () => {});
  const ask = () => client.ping().catch(() => 'nothing');
  await until('the first answer', ask, (answer) => answer === 'PONG');
  link.forget();
  expect(await ask()).toBe('nothing');
  await until('an answer on another connection', ask, (answer) => answer === 'PONG');
});

test.each([
  ['a server', 'redis://127.0.0.1:1'],
  ['sentinels', 'redis+sentinel://127.0.0.1:1,127.0.0.1:2/main'],
])('a connection to %s is retried every two seconds at least, however long it was away', (_, url) => {
  for (const style of [RETRYING, FAIL_FAST]) {
    const client = openServer(addressOf(url), ACCESS, { ...style, lazyConnect: true });
    onTestFinished(() => client.disconnect());
    const pauses = Array.from({ length: 1_000 }, (_each, i) => client.options.retryStrategy?.(i + 1));
    expect(pauses[0]).toBeLessThanOrEqual(100);
    expect(Math.max(...pauses.map(Number))).toBeLessThanOrEqual(2_000);
  }
});

test('silence ends no connection while a command may wait on purpose', () => {
  expect(RETRYING.socketTimeout).toBeGreaterThan(BULLMQ_WAITS);
});

test('a client that hears of a failover while it connects goes on connecting', async () => {
  const { sentinel, port } = await ScriptedSentinel.start(inject('redisUrl'));
  const url = `redis+sentinel://127.0.0.1:${port}/main`;
  const client = openServer(addressOf(url), ACCESS, RETRYING);
  onTestFinished(() => client.disconnect());
  client.on('error', () => {});
  expect(await client.ping()).toBe('PONG');
  await until(
    'the subscription',
    async () => sentinel.subscribers,
    (count) => count > 0,
  );
  sentinel.hold();
  client.stream.destroy();
  const waiting = client.ping();
  await until(
    'the question',
    async () => sentinel.waiting,
    (count) => count > 0,
  );
  sentinel.reportFailover();
  await until(
    'the disconnection',
    async () => Reflect.get(Reflect.get(client, 'connector'), 'connecting'),
    (is) => is === false,
  );
  sentinel.release();
  expect(await waiting).toBe('PONG');
});

test('a client that is closed while it connects stays closed', async () => {
  const { sentinel, port } = await ScriptedSentinel.start(inject('redisUrl'));
  sentinel.hold();
  const client = openServer(addressOf(`redis+sentinel://127.0.0.1:${port}/main`), ACCESS, RETRYING);
  client.on('error', () => {});
  const waiting = expect(client.ping()).rejects.toThrow('Connection is closed');
  await until(
    'the question',
    async () => sentinel.waiting,
    (count) => count > 0,
  );
  client.disconnect();
  sentinel.release();
  await waiting;
  await until(
    'the end',
    async () => client.status,
    (is) => is === 'end',
  );
});
