/** What a queue is asked by somebody who waits, while the jobs Redis hangs. */
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { onErrand } from '../../src/flow/errand.ts';
import { keepErrands } from '../../src/redis/errand-gate.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { TEST_PATIENCE, within } from '../support/waiting.ts';
import { envelope, setup } from './setup.ts';

async function hung() {
  const server = await startRedisServer();
  onTestFinished(() => server.remove());
  const redis = new Redis(server.url, { maxRetriesPerRequest: null });
  redis.on('error', () => {});
  onTestFinished(() => redis.disconnect());
  keepErrands({
    client: redis,
    place: server.url,
    clock: systemClock,
    recovery: { failed: () => {}, answered: () => {} },
  });
  const { queue } = setup({ redis, url: server.url });
  await redis.ping();
  server.freeze();
  onTestFinished(() => server.thaw());
  return { server, queue };
}

/** A lane greets the server on nobody's errand: whoever asks must not wait for that without end. */
test('a lane that was never asked about is refused to whoever waits, whatever is asked', async () => {
  const { queue } = await hung();
  const asked: Readonly<Record<string, (lane: string) => Promise<unknown>>> = {
    counts: (lane) => queue.counts(lane),
    pending: (lane) => queue.pending(lane, 'a'),
    failed: (lane) => queue.failed(lane, 10),
    oldest: (lane) => queue.oldest(lane),
    dueBy: (lane) => queue.dueBy(lane, Date.now()),
    redrive: (lane) => queue.redrive(lane, ['a']),
    add: (lane) => queue.add([envelope('a', { lane })]),
  };
  const answers = Object.entries(asked).map(async ([name, ask]) => {
    const answer = within(
      TEST_PATIENCE,
      name,
      onErrand(() => ask(name)),
    );
    await expect(answer, name).rejects.toMatchObject({ code: 'E_REDIS_UNAVAILABLE' });
  });
  await Promise.all(answers);
});
