import { expect, test } from 'vitest';
import { startApi } from '../support/api-server.ts';

const REASON = 'tier "redis" did not answer: its breaker is open';

async function serve() {
  const server = await startApi();
  server.verbs.put('profile:here', '{}');
  server.verbs.put('profile:none', '', { kind: 'absent' });
  return { ...server, silence: () => void server.verbs.silent.push({ tier: 'redis', reason: REASON }) };
}

test('a value is 200, an absence and a miss are 404s that differ, and what could not be looked up is 503', async () => {
  const { call, silence } = await serve();
  const answerTo = async (key: string) => {
    const got = await call(`/v1/entries/${key}`);
    const problem = got.status === 200 ? {} : await got.json();
    return { status: got.status, state: got.headers.get('x-forewarm-state'), problem };
  };
  expect(await answerTo('profile:here')).toMatchObject({ status: 200, state: 'value' });
  expect(await answerTo('profile:none')).toMatchObject({
    ...{ status: 404, state: 'absent' },
    problem: { code: 'E_NOT_FOUND', reason: 'absent', status: 404 },
  });
  expect(await answerTo('profile:gone')).toMatchObject({
    ...{ status: 404, state: 'missing' },
    problem: { code: 'E_NOT_FOUND', reason: 'missing', status: 404 },
  });
  silence();
  expect(await answerTo('profile:here')).toMatchObject({ status: 200, state: 'value' });
  expect(await answerTo('profile:none')).toMatchObject({ status: 404, state: 'absent' });
  expect(await answerTo('profile:gone')).toMatchObject({
    ...{ status: 503, state: 'unavailable' },
    problem: {
      ...{ code: 'E_TIER_UNAVAILABLE', reason: 'unavailable', status: 503 },
      tiers: [{ tier: 'redis', reason: REASON }],
      detail: expect.stringContaining(REASON),
    },
  });
});

test('what could not be looked up is stored by no cache, and worth asking again soon', async () => {
  const { call, silence } = await serve();
  silence();
  const { headers } = await call('/v1/entries/profile:gone');
  expect([headers.get('cache-control'), headers.get('retry-after')]).toEqual(['no-store', '1']);
});

test('HEAD tells the four apart by status and header', async () => {
  const { call, silence } = await serve();
  const head = async (key: string) => {
    const { status, headers } = await call(`/v1/entries/${key}`, { method: 'HEAD' });
    return [status, headers.get('x-forewarm-state')];
  };
  expect(await head('profile:here')).toEqual([200, 'value']);
  expect(await head('profile:none')).toEqual([404, 'absent']);
  expect(await head('profile:gone')).toEqual([404, 'missing']);
  silence();
  expect(await head('profile:gone')).toEqual([503, 'unavailable']);
});

test('a batch tells them apart key by key, and is 200 whichever they are', async () => {
  const { call, silence } = await serve();
  silence();
  const keys = ['profile:gone', 'profile:here', 'profile:none'];
  const got = await call('/v1/reads', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ keys }),
  });
  expect(got.status).toBe(200);
  expect(await got.json()).toMatchObject({
    entries: [
      { key: keys[0], state: 'unavailable', tiers: [{ tier: 'redis', reason: REASON }] },
      { key: keys[1], state: 'value' },
      { key: keys[2], state: 'absent' },
    ],
  });
});

test('a process is ready while another tier answers, and names those that do not', async () => {
  const { call, silence } = await serve();
  silence();
  const got = await call('/readyz');
  expect([got.status, await got.json()]).toMatchObject([
    200,
    { status: 'ready', silent: [{ tier: 'redis', reason: REASON }] },
  ]);
});
