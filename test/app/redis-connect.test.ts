import { expect, inject, onTestFinished, test } from 'vitest';
import { addressOf, BRISK, openServer, PATIENT } from '../../src/app/redis-connect.ts';
import { Link } from '../chaos/link.ts';
import { until } from '../support/waiting.ts';

/** The longest that BullMQ lets a read wait for a job, in ms. */
const BULLMQ_WAITS = 10_000;

test('a connection that dies without a word is given up when an answer is due, and made anew', async () => {
  const link = await Link.start(Number(new URL(inject('redisUrl')).port));
  onTestFinished(() => link.close());
  const access = { tls: {}, sentinelUsername: undefined, sentinelPassword: undefined };
  const client = openServer(addressOf(`redis://${link.address}`), access, { ...BRISK, socketTimeout: 200 });
  onTestFinished(() => client.disconnect());
  client.on('error', () => {});
  const ask = () => client.ping().catch(() => 'nothing');
  await until('the first answer', ask, (answer) => answer === 'PONG');
  link.forget();
  expect(await ask()).toBe('nothing');
  await until('an answer on another connection', ask, (answer) => answer === 'PONG');
});

test('silence is not taken for death while a command may wait on purpose', () => {
  expect(PATIENT.socketTimeout).toBeGreaterThan(BULLMQ_WAITS);
});
