/** Work of an origin that was renamed: its lane is told, and its jobs are done from where their source is fetched now. */
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Events } from '../../src/core/events.ts';
import { NEVER } from '../../src/core/never.ts';
import { BullQueue } from '../../src/queue/bullmq.ts';
import { type Installation, install, start } from '../support/build-installation.ts';
import { connectRedis } from '../support/redis.ts';
import { json } from '../support/scripted-server.ts';

/** The queue of another configuration. */
function queueOf({ server }: Installation): BullQueue {
  const redis = connectRedis(server.url);
  const queue = new BullQueue({
    ...{ redis, connect: () => connectRedis(server.url), prefix: 'forewarm', events: new Events() },
    ...{ clock: systemClock, hostClock: systemClock, random: Math.random },
    ...{ attempts: 1, backoff: { base: 5, max: 20 }, lock: 5_000, stalledCheck: 500, grace: 300 },
  });
  onTestFinished(() => queue.close());
  return queue;
}

test('jobs of an origin that was renamed are told by name and count, and done by a drain of their lane', async () => {
  const installation = await install({ aof: false });
  installation.origin.answer(json({ name: 'One' }));
  const queue = queueOf(installation);
  const about = { lane: 'old', kind: 'refresh', priority: 20, delayMs: 0 } as const;
  const payload = { step: 'warm', source: 'profile', keys: ['profile:1'] };
  await queue.add([{ ...about, id: 'a-1', payload }]);
  const app = await start(installation);
  const { lanes } = await app.verbs.stats();
  expect(lanes.filter(({ configured }) => !configured)).toMatchObject([{ lane: 'old', waiting: 1 }]);
  expect(await app.left()).toMatchObject({ waiting: 1 });
  const [told] = (await app.verbs.doctor(['orphan-lanes'])).findings;
  expect(told).toMatchObject({ where: 'lane old', remedy: expect.stringContaining('drain --lane old') });
  const strange = await start(installation, [], {}, ['odl']);
  const drained = { wait: 5_000, maxTime: undefined };
  await expect(strange.drain(drained, NEVER, () => {})).rejects.toMatchObject({
    code: 'E_NOT_FOUND',
    message: expect.stringContaining(
      'there is no lane "odl"; of lanes whose origin is not configured here, there are old',
    ),
  });
  const worker = await start(installation, ['worker'], {}, ['old']);
  expect(await worker.drain(drained, NEVER, () => {})).toMatchObject({
    end: 'drained',
    left: { orphans: [] },
  });
  expect(await app.verbs.explain('profile:1')).toMatchObject({ verdict: 'warm' });
  expect((await app.verbs.doctor(['orphan-lanes'])).level).toBe('ok');
});
