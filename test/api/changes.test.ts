import { expect, test } from 'vitest';
import { HEARTBEAT_MS } from '../../src/api/event-stream.ts';
import { ForewarmError } from '../../src/core/errors.ts';
import { startApi } from '../support/api-server.ts';
import { readEvents } from '../support/event-stream.ts';

const path = '/v1/changes';
const NIGHTLY = { names: ['nightly'], kinds: [], all: false };

test('the stream begins with word to read all, and sends each change under an id', async () => {
  const { verbs, clock, call } = await startApi();
  const answer = await call(path);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  const stream = readEvents(answer);
  expect(await stream.next()).toMatchObject({ event: 'resync', data: { reason: 'begin' } });
  await verbs.pauseSchedules(NIGHTLY, {}, 'ann');
  await clock.advance(1_000);
  expect(await stream.next()).toMatchObject({
    event: 'change',
    id: expect.stringMatching(/^feed1-1$/),
    data: { kind: 'schedule', name: 'nightly', paused: { by: 'ann' } },
  });
});

test('a client that comes back with Last-Event-ID gets what it has not seen while another one follows', async () => {
  const { verbs, clock, call } = await startApi();
  const one = readEvents(await call(path));
  await one.next();
  await verbs.pauseSchedules(NIGHTLY, {}, 'ann');
  await clock.advance(1_000);
  await verbs.resumeSchedules(NIGHTLY);
  await clock.advance(1_000);
  const back = readEvents(await call(path, { headers: { 'last-event-id': 'feed1-1' } }));
  expect([await back.next(), await back.next()]).toMatchObject([
    { event: 'resumed', data: { changes: 1 } },
    { event: 'change', id: 'feed1-2', data: { paused: null } },
  ]);
  const stranger = readEvents(await call(path, { headers: { 'last-event-id': 'other-1' } }));
  expect(await stranger.next()).toMatchObject({ event: 'resync', data: { reason: 'begin' } });
});

test('a comment is sent every 15 seconds in which nothing changes', async () => {
  const { call, clock } = await startApi();
  const stream = readEvents(await call(path));
  await stream.next();
  await clock.advance(HEARTBEAT_MS);
  expect(await stream.comment()).toBe('heartbeat');
});

test('the stream ends as soon as the API stops, and what it held is released when its client is gone', async () => {
  const { api, call, clock } = await startApi();
  const gone = readEvents(await call(path));
  await gone.next();
  await gone.leave();
  await expect.poll(() => clock.timers).toBe(0);
  const stays = readEvents(await call(path));
  await stays.next();
  const stopped = api.stop(clock.now() + 1_000);
  expect(await stays.rest()).toEqual([]);
  await stopped;
  expect(clock.timers).toBe(0);
});

test('while the jobs Redis is away the answer is a problem and not a stream', async () => {
  const { call } = await startApi({
    over: () => ({
      changes() {
        return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(away()) }) };
      },
    }),
  });
  const answer = await call(path);
  expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'E_REDIS_UNAVAILABLE' }]);
});

function away(): ForewarmError {
  return new ForewarmError('E_REDIS_UNAVAILABLE', 'the jobs Redis did not answer');
}

test('it counts among the streams that are allowed, and needs a token that may read', async () => {
  const tokens = [
    { name: 'watcher', token: 'reads', scopes: ['read'] },
    { name: 'deploys', token: 'warms', scopes: ['warm'] },
  ] as const;
  const { call } = await startApi({ tokens, configured: { streams: 1 } });
  const as = (token: string) => call(path, { headers: { authorization: `Bearer ${token}` } });
  expect((await as('warms')).status).toBe(403);
  await readEvents(await as('reads')).next();
  const refused = await as('reads');
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
});
