import { expect, test } from 'vitest';
import { HEARTBEAT_MS } from '../../src/api/event-stream.ts';
import { ForewarmError } from '../../src/core/errors.ts';
import { startApi } from '../support/api-server.ts';
import { readEvents } from '../support/event-stream.ts';
import type { VerbsInMemory } from '../support/in-memory/verbs.ts';

const path = '/v1/runs/one/events';

/** A run of three keys, none of them warmed yet. */
async function createRun(verbs: VerbsInMemory): Promise<void> {
  for (const key of ['a:1', 'a:2', 'a:3']) verbs.put(key, key);
  await verbs.warm({ selector: '', id: 'one', force: false, missing: false }, 'api');
  verbs.planRun('one');
}

test('each change of a run is an event with the revision as its id, and the end is an event of its own', async () => {
  const { verbs, call } = await startApi();
  await createRun(verbs);
  const answer = await call(path);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  const stream = readEvents(answer);
  expect(await stream.next()).toMatchObject({ event: 'run', id: '1', data: { id: 'one', pending: 3 } });
  verbs.work('one', 2);
  expect(await stream.next()).toMatchObject({
    event: 'run',
    id: '2',
    data: { pending: 1, counts: { warmed: 2 } },
  });
  verbs.work('one', 1);
  expect(await stream.rest()).toMatchObject([
    { event: 'run', id: '3', data: { state: 'ended', pending: 0, endedReason: 'finished' } },
    { event: 'end', data: { reason: 'finished' } },
  ]);
  expect(verbs.watches).toBe(0);
});

test('a client that comes back with Last-Event-ID gets only what it has not seen', async () => {
  const { verbs, call } = await startApi();
  await createRun(verbs);
  verbs.work('one', 1);
  const stream = readEvents(await call(path, { headers: { 'last-event-id': '2' } }));
  verbs.work('one', 2);
  expect(await stream.rest()).toMatchObject([{ event: 'run', id: '3' }, { event: 'end' }]);
});

test('a client that comes back after it saw the end is told not to come again, and the stream leaves nothing behind', async () => {
  const { verbs, call } = await startApi();
  await createRun(verbs);
  verbs.work('one', 3);
  for (const seen of ['2', '9']) {
    const answer = await call(path, { headers: { 'last-event-id': seen } });
    expect([answer.status, await answer.text(), verbs.watches]).toEqual([204, '', 0]);
  }
  const missed = readEvents(await call(path, { headers: { 'last-event-id': '1' } }));
  expect(await missed.rest()).toMatchObject([{ event: 'run', id: '2' }, { event: 'end' }]);
});

test('more streams than are allowed are refused, until others end', async () => {
  const { verbs, call } = await startApi({ configured: { streams: 2 } });
  await createRun(verbs);
  const streams = [readEvents(await call(path)), readEvents(await call(path))];
  const refused = await call(path);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
  expect(Object(await refused.json()).detail).toContain('`api.streams`');
  await streams[0]?.leave();
  const statusOf = async () => {
    const again = await call(path);
    await again.body?.cancel();
    return again.status;
  };
  await expect.poll(statusOf).toBe(200);
});

test('a comment is sent every 15 seconds in which nothing changes', async () => {
  const { verbs, call, clock } = await startApi();
  await createRun(verbs);
  const stream = readEvents(await call(path));
  await stream.next();
  await clock.advance(HEARTBEAT_MS);
  expect(await stream.comment()).toBe('heartbeat');
  await clock.advance(HEARTBEAT_MS);
  expect(await stream.comment()).toBe('heartbeat');
  verbs.work('one', 3);
  expect(await stream.rest()).toMatchObject([{ event: 'run' }, { event: 'end' }]);
});

test('the watch ends as soon as the client is gone, and leaves no timer behind', async () => {
  const { verbs, call, clock } = await startApi();
  await createRun(verbs);
  const stream = readEvents(await call(path));
  await stream.next();
  expect([verbs.watches, clock.timers]).toEqual([1, 1]);
  await stream.leave();
  await expect.poll(() => [verbs.watches, clock.timers]).toEqual([0, 0]);
});

test('an unknown run is a problem and not a stream', async () => {
  const { call } = await startApi();
  const answer = await call(path);
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(await answer.json()).toMatchObject({ status: 404, code: 'E_NOT_FOUND' });
});

test('a Last-Event-ID that is no revision is refused', async () => {
  const { call } = await startApi();
  const answer = await call(path, { headers: { 'last-event-id': 'x' } });
  expect(await answer.json()).toMatchObject({ status: 400, errors: [{ place: 'headers.last-event-id' }] });
});

test('a watch that breaks ends the stream with an event that says why', async () => {
  const { verbs, call } = await startApi({
    over: (inner) => ({
      async *watchRun(id, signal) {
        for await (const view of inner.watchRun(id, signal)) {
          if (view.revision > 1) throw new ForewarmError('E_REDIS_UNAVAILABLE', 'Redis went away');
          yield view;
        }
      },
    }),
  });
  await createRun(verbs);
  const stream = readEvents(await call(path));
  await stream.next();
  verbs.work('one', 1);
  expect(await stream.rest()).toMatchObject([
    { event: 'problem', data: { code: 'E_REDIS_UNAVAILABLE', detail: 'Redis went away', instance: path } },
  ]);
});

test('a slow reader gets whole events and the last state of the run', async () => {
  const { verbs, call } = await startApi();
  for (let i = 0; i < 2_000; i += 1) verbs.put(`key:${i}`, 'x');
  await verbs.warm({ selector: '', id: 'one', force: false, missing: false }, 'api');
  const answer = await call(path);
  for (let i = 0; i < 2_000; i += 1) verbs.work('one', 1);
  const events = await readEvents(answer).rest();
  const revisions = events.flatMap(({ id }) => (id === undefined ? [] : [Number(id)]));
  expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
  expect(events.at(-2)).toMatchObject({ event: 'run', id: '2001', data: { pending: 0 } });
});
