import { expect, inject, onTestFinished, test } from 'vitest';
import { addressOf, FAIL_FAST, openServer, RETRYING } from '../../src/redis/connect.ts';
import { Link } from '../chaos/link.ts';
import { until } from '../support/waiting.ts';

/** The longest that BullMQ lets a read wait for a job, in ms. */
const BULLMQ_WAITS = 10_000;

const ACCESS = { tls: {}, sentinelUsername: undefined, sentinelPassword: undefined };

test('a connection that dies without a word is given up when an answer is due, and made anew', async () => {
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
])('%s that comes back is found within two seconds, however long it was away', (_, url) => {
  for (const style of [RETRYING, FAIL_FAST]) {
    const client = openServer(addressOf(url), ACCESS, { ...style, lazyConnect: true });
    onTestFinished(() => client.disconnect());
    const pauses = Array.from({ length: 1_000 }, (_each, i) => client.options.retryStrategy?.(i + 1));
    expect(pauses[0]).toBeLessThanOrEqual(100);
    expect(Math.max(...pauses.map(Number))).toBeLessThanOrEqual(2_000);
  }
});

test('silence is not taken for death while a command may wait on purpose', () => {
  expect(RETRYING.socketTimeout).toBeGreaterThan(BULLMQ_WAITS);
});
