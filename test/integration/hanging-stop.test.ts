/** A worker that is told to stop while the jobs Redis and the receiver of its telemetry hang. */
import { expect, onTestFinished, test } from 'vitest';
import { startOtlpReceiver } from '../support/otlp-receiver.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { createSystem } from '../support/system.ts';

test('a process ends well, in its time, and says what did not answer and what becomes of it', async () => {
  const [redis, receiver] = await Promise.all([startRedisServer({ aof: false }), startOtlpReceiver()]);
  onTestFinished(() => redis.remove());
  const system = await createSystem({
    markets: 1,
    config: {
      redis: { jobs: redis.url },
      tiers: { memory: { enabled: false } },
      telemetry: { otlp: { endpoint: receiver.url } },
    },
  });
  onTestFinished(() => system.close());
  const worker = await system.start('worker');
  receiver.answer = 'nothing';
  redis.freeze();
  // As at a terminal, where it may take two seconds: as long as others may by their `workers.grace`.
  expect(await worker.end('SIGINT')).toBe(0);
  const ofEvent = (name: string) => worker.said.filter(({ event }) => event === name);
  expect(ofEvent('summary')).toMatchObject([{ exitCode: 0, signal: 'SIGINT', inTime: true }]);
  expect(ofEvent('problem').at(-1)).toMatchObject({
    where: 'the end of this process',
    err: { code: 'E_REDIS_UNAVAILABLE', message: expect.stringContaining('did not answer in time') },
  });
  expect(ofEvent('telemetry.lost').map(({ err }) => err)).toContainEqual(
    expect.objectContaining({ message: 'it did not answer before the process ended' }),
  );
});
