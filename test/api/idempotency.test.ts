import { describe, expect, test } from 'vitest';
import type { IdempotencyStore } from '../../src/api/idempotency.ts';
import { ForewarmError } from '../../src/core/errors.ts';
import { type ApiServer, startApi } from '../support/api-server.ts';

/** Sends a POST under an Idempotency-Key. */
function send(
  server: ApiServer,
  key: string,
  path = '/v1/runs',
  json: unknown = {},
  token = '',
): Promise<Response> {
  const headers = { 'idempotency-key': key, ...(token === '' ? {} : { authorization: `Bearer ${token}` }) };
  return server.call(path, { json, headers });
}

async function runsOf(server: ApiServer): Promise<number> {
  return (await server.verbs.runs(500, undefined)).runs.length;
}

/** The same request twenty times at once, and how many runs came of it. */
async function sendAtOnce(server: ApiServer): Promise<{ statuses: number[]; runs: number }> {
  const answers = await Promise.all(Array.from({ length: 20 }, () => send(server, 'k')));
  return { statuses: answers.map(({ status }) => status), runs: await runsOf(server) };
}

const forgetful: IdempotencyStore = {
  begin: async () => 'new',
  finish: async () => undefined,
  fail: async () => undefined,
};

describe('a POST under an Idempotency-Key', () => {
  test('is done once, and answered the second time as the first', async () => {
    const server = await startApi();
    const first = await send(server, 'k');
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([202, null]);
    const second = await send(server, 'k');
    expect([second.status, second.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
    for (const name of ['location', 'content-type', 'cache-control', 'content-length']) {
      expect(second.headers.get(name)).toBe(first.headers.get(name));
    }
    expect(await second.text()).toBe(await first.text());
    expect(await runsOf(server)).toBe(1);
  });

  test('is done once also when it is sent twenty times at once', async () => {
    const { statuses, runs } = await sendAtOnce(await startApi());
    expect(runs).toBe(1);
    expect(statuses.filter((status) => status !== 202 && status !== 409)).toEqual([]);
  });

  test('would be done more often if the keys were forgotten, and this test would see it', async () => {
    expect((await sendAtOnce(await startApi({ idempotency: forgetful }))).runs).toBe(20);
  });

  test('is done each time under another key, and without one', async () => {
    const server = await startApi();
    await send(server, 'k1');
    await send(server, 'k2');
    await server.call('/v1/runs', { json: {} });
    await server.call('/v1/runs', { json: {} });
    expect(await runsOf(server)).toBe(4);
  });

  test('is refused when the key named another body, path, query or caller before, or another note', async () => {
    const tokens = ['one', 'two'].map((name) => ({ name, token: name, scopes: ['admin'] as const }));
    const server = await startApi({ tokens });
    expect((await send(server, 'k', '/v1/runs', { limit: 1 }, 'one')).status).toBe(202);
    const others = [
      await send(server, 'k', '/v1/runs', { limit: 2 }, 'one'),
      await send(server, 'k', '/v1/runs', { limit: 1, why: 'after the import' }, 'one'),
      await send(server, 'k', '/v1/gc', {}, 'one'),
      await send(server, 'k', '/v1/runs', { limit: 1 }, 'two'),
    ];
    for (const answer of others) {
      expect(await answer.json()).toMatchObject({ status: 422, code: 'E_IDEMPOTENCY_REUSED' });
    }
    expect(
      (await send(server, 'k', '/v1/runs', { limit: 1 }, 'one')).headers.get('idempotency-replayed'),
    ).toBe('true');
  });

  test('is a conflict while the first is in hand, and says when to come back', async () => {
    const asked = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    const server = await startApi({
      over: (verbs) => ({
        async gc() {
          asked.resolve();
          await answered.promise;
          return verbs.gc();
        },
      }),
    });
    const first = send(server, 'k', '/v1/gc');
    await asked.promise;
    const second = await send(server, 'k', '/v1/gc');
    expect([second.status, second.headers.get('retry-after')]).toEqual([409, '1']);
    expect(await second.json()).toMatchObject({ code: 'E_CONFLICT' });
    expect((await send(server, 'k', '/v1/runs')).status).toBe(422);
    answered.resolve();
    expect((await first).status).toBe(200);
    expect((await send(server, 'k', '/v1/gc')).headers.get('idempotency-replayed')).toBe('true');
  });

  test('that failed here can be sent again', async () => {
    let broken = true;
    const server = await startApi({
      over: (verbs) => ({
        gc: () => (broken ? Promise.reject(new ForewarmError('E_REDIS_UNAVAILABLE', 'gone')) : verbs.gc()),
      }),
    });
    expect((await send(server, 'k', '/v1/gc')).status).toBe(503);
    broken = false;
    const again = await send(server, 'k', '/v1/gc');
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, null]);
  });

  test('that was refused for lack of a scope can be sent again, and so can one that was not valid', async () => {
    const tokens = [{ name: 'one', token: 'one', scopes: ['invalidate'] as const }];
    const server = await startApi({ tokens });
    server.verbs.put('a', '1');
    const refused = await send(server, 'k', '/v1/invalidations', { selector: 'key=a', rewarm: true }, 'one');
    expect(refused.status).toBe(403);
    expect((await send(server, 'k', '/v1/invalidations', { selector: '' }, 'one')).status).toBe(400);
    expect((await send(server, 'k', '/v1/invalidations', { selector: 'key=a' }, 'one')).status).toBe(200);
  });

  test('that found nothing is answered so again', async () => {
    const server = await startApi();
    expect((await send(server, 'k', '/v1/runs/run-1/stop')).status).toBe(404);
    await server.call('/v1/runs', { json: {} });
    const again = await send(server, 'k', '/v1/runs/run-1/stop');
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([404, 'true']);
    expect(again.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  });

  test('is not done when the key cannot be kept', async () => {
    const gone = () => Promise.reject(new ForewarmError('E_REDIS_UNAVAILABLE', 'gone'));
    const server = await startApi({ idempotency: { begin: gone, finish: gone, fail: gone } });
    expect((await send(server, 'k')).status).toBe(503);
    expect(await runsOf(server)).toBe(0);
    expect((await server.call('/v1/runs', { json: {} })).status).toBe(202);
  });

  test('gets a response although it cannot be stored, and the problem is reported', async () => {
    const error = new ForewarmError('E_REDIS_UNAVAILABLE', 'gone');
    const server = await startApi({ idempotency: { ...forgetful, finish: () => Promise.reject(error) } });
    expect((await send(server, 'k')).status).toBe(202);
    expect(server.log.seen.at(-1)).toMatchObject({
      name: 'problem',
      payload: { where: 'api idempotency', error },
    });
  });
});
