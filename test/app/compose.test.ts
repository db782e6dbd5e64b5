import { describe, expect, test } from 'vitest';
import { warmRequest } from '../../src/verbs/runs/warm-request.ts';
import { install, start } from '../support/build-installation.ts';
import { lateness } from '../support/lateness.ts';
import { connectRedis } from '../support/redis.ts';
import { json } from '../support/scripted-server.ts';
import { until } from '../support/waiting.ts';

const ROLES = ['worker', 'scheduler', 'api'] as const;

/** How long it takes to stop an app that was given so many ms, in ms, without what the machine adds. */
async function timeToStop(app: Awaited<ReturnType<typeof start>>, ms: number): Promise<number> {
  const [began, late] = [performance.now(), lateness()];
  await app.stop(Date.now() + ms).catch(() => undefined);
  return performance.now() - began - late();
}

describe('a composed app', () => {
  test('with every role warms what it is asked to, answers over HTTP, and stops', async () => {
    const installation = await install({ aof: true });
    installation.origin.answer(json({ name: 'One' }));
    const app = await start(installation, ROLES);
    const { run } = await app.verbs.warm(warmRequest.parse({}), 'cli');
    const ended = ({ state }: { state: string }) => state === 'ended';
    const view = await until('the end', () => app.verbs.run(run.id), ended);
    expect(view).toMatchObject({ endedReason: 'finished', counts: { warmed: 2 } });
    const { schedules } = { schedules: await app.verbs.schedules() };
    expect(schedules.map(({ name }) => name)).toContain('gc');
    expect((await fetch(`${app.apiUrl}/readyz`)).status).toBe(200);
    expect((await fetch(`${app.apiUrl}/v1/runs/${run.id}`)).status).toBe(200);
    expect(await timeToStop(app, 5_000)).toBeLessThan(5_000);
    await expect(fetch(`${app.apiUrl}/readyz`)).rejects.toThrow();
  });

  test('without a role only answers verbs, and another one finds what it made', async () => {
    const installation = await install({ aof: true });
    const one = await start(installation);
    expect(one.apiUrl).toBeUndefined();
    const { run } = await one.verbs.warm(warmRequest.parse({ id: 'made-here' }), 'cli');
    const other = await start(installation);
    expect(await other.verbs.run('made-here')).toEqual({
      ...run,
      waits: [expect.objectContaining({ for: 'worker' })],
    });
    expect(await one.verbs.trigger('gc', { why: '' }, 'ann')).toEqual({ schedule: 'gc', run: null });
  });

  test('that is only a worker ends a run whose maker died before it queued it', async () => {
    const installation = await install({ aof: true });
    installation.origin.answer(json({ name: 'One' }));
    const doomed = await start(installation);
    const { run } = await doomed.verbs.warm(warmRequest.parse({}), 'api');
    const redis = connectRedis(installation.server.url);
    expect(await redis.del(await redis.keys('{forewarm:q:*'))).toBeGreaterThan(0);
    const worker = await start(installation, ['worker']);
    const ended = ({ state }: { state: string }) => state === 'ended';
    const view = await until('the end', () => worker.verbs.run(run.id), ended);
    expect(view).toMatchObject({ endedReason: 'finished', counts: { warmed: 2 } });
  });

  test.each([[[]], [ROLES]])(
    'with the roles %j stops by its deadline, though Redis is away',
    async (roles) => {
      const installation = await install({ aof: true });
      const app = await start(installation, roles);
      await app.verbs.stats();
      await installation.server.kill();
      expect(await timeToStop(app, 3_000)).toBeLessThan(4_000);
    },
  );

  test('with a role whose Redis for jobs is not there is refused, with what to do', async () => {
    const installation = await install({ aof: true });
    await installation.server.stop();
    await expect(start(installation, ['worker'])).rejects.toMatchObject({
      code: 'E_REDIS_UNAVAILABLE',
      message: expect.stringContaining('redis.jobs'),
    });
  });

  test('without a role starts while the Redis for jobs is not there: each verb says so that needs it', async () => {
    const installation = await install({ aof: true });
    await installation.server.stop();
    const { verbs } = await start(installation);
    await expect(verbs.runs(1, undefined)).rejects.toMatchObject({
      code: 'E_REDIS_UNAVAILABLE',
      message: expect.stringContaining('redis.jobs'),
    });
    expect(await verbs.get('profile:1', true)).toEqual({ state: 'missing' });
  });
});
