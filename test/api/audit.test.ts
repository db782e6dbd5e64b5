import { expect, test } from 'vitest';
import { startApi } from '../support/api-server.ts';
import { until } from '../support/waiting.ts';

const tokens = [
  { name: 'deploys', token: 'may-warm', scopes: ['read', 'warm'] },
  { name: 'publisher', token: 'may-invalidate', scopes: ['read', 'invalidate'] },
  { name: 'dashboard', token: 'may-read', scopes: ['read'] },
] as const;

async function start() {
  const { call } = await startApi({ tokens });
  const as = (token: string, path: string, json?: unknown) =>
    call(path, { headers: { authorization: `Bearer ${token}` }, ...(json === undefined ? {} : { json }) });
  const read = async (query = '') =>
    (await (await as('may-read', `/v1/audit${query}`)).json()) as {
      actions: { who: string; verb: string; note: string }[];
      cursor: string | null;
    };
  const recorded = (count: number) =>
    until(
      'records',
      () => read(),
      ({ actions }) => actions.length >= count,
    );
  return { as, read, recorded };
}

test('each token that changed something is on record with what it did, and who only reads may read it', async () => {
  const { as, recorded } = await start();
  await as('may-warm', '/v1/runs', { selector: '', id: 'one' });
  await recorded(1);
  await as('may-invalidate', '/v1/invalidations', { selector: 'prefix=profile:', mode: 'stale' });
  await recorded(2);
  await as('may-warm', '/v1/schedules/nightly/trigger', { why: 'needed today' });
  const { actions } = await recorded(3);
  expect(actions).toMatchObject([
    { who: 'deploys', way: 'api', verb: 'trigger', about: 'schedule=nightly', note: 'needed today' },
    { who: 'publisher', way: 'api', verb: 'invalidate', about: 'selector=prefix=profile: mode=stale' },
    { who: 'deploys', way: 'api', verb: 'warm', result: 'run one' },
  ]);
});

test('two requests at the same time are recorded under their own tokens', async () => {
  const { as, recorded } = await start();
  await Promise.all(
    Array.from({ length: 10 }, (_, i) => [
      as('may-warm', '/v1/runs', { selector: '', id: `run-${i}` }),
      as('may-invalidate', '/v1/invalidations', { selector: 'prefix=profile:', mode: 'stale' }),
    ]).flat(),
  );
  const { actions } = await recorded(20);
  const pairs = new Set(actions.map(({ who, verb }) => `${who} ${verb}`));
  expect([...pairs].toSorted()).toEqual(['deploys warm', 'publisher invalidate']);
});

test('what a token may not do is not done, and not on record', async () => {
  const { as, read } = await start();
  expect((await as('may-read', '/v1/runs', { selector: '' })).status).toBe(403);
  expect((await read()).actions).toEqual([]);
});

test('it is read page by page, and by who, verb and time', async () => {
  const { as, read, recorded } = await start();
  for (const id of ['one', 'two']) await as('may-warm', '/v1/runs', { selector: '', id });
  await recorded(2);
  const first = await read('?limit=1');
  const second = await read(`?limit=1&cursor=${first.cursor}`);
  expect([first, second].map(({ actions }) => actions.length)).toEqual([1, 1]);
  expect((await read('?who=publisher')).actions).toEqual([]);
  expect((await read('?verb=warm&since=2020-01-01')).actions).toHaveLength(2);
  expect((await read('?until=2020-01-01')).actions).toEqual([]);
  const refused = await Promise.all(
    ['verb=read', 'since=yesterday', 'limit=0', 'cursor=x'].map((query) =>
      as('may-read', `/v1/audit?${query}`),
    ),
  );
  expect(refused.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
});
