import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { App } from '../../src/app/app.ts';
import { warmRequest } from '../../src/verbs/runs/warm-request.ts';
import { install, start } from '../support/build-installation.ts';
import { json } from '../support/scripted-server.ts';
import { until } from '../support/waiting.ts';

const KEY = 'profile:a%2Fb%20c';

async function warm(app: App): Promise<void> {
  const { run } = await app.verbs.warm(warmRequest.parse({ force: true }), 'cli');
  await until(
    'the end of the run',
    () => app.verbs.run(run.id),
    ({ state }) => state === 'ended',
  );
}

const read = (app: App, key: string, headers: Record<string, string> = {}) =>
  fetch(`${app.apiUrl}/v1/entries/${encodeURIComponent(key)}`, { headers });

test('values are read over HTTP from any process, by one entity tag, until they are dropped', async () => {
  const installation = await install({ aof: false });
  await writeFile(installation.csv, 'market,name\n1,One\na/b c,Slashed\n');
  installation.origin.answer(json({ name: 'One' }));
  const one = await start(installation, ['api', 'worker']);
  const other = await start(installation, ['api']);
  await warm(one);

  const first = await read(one, KEY);
  expect([first.status, await first.json()]).toEqual([200, { name: 'One' }]);
  const etag = first.headers.get('etag') ?? '';
  const again = await read(other, KEY, { 'if-none-match': etag });
  expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, '']);
  const [, maxAge] =
    /^private, max-age=(\d+), stale-while-revalidate=\d+/.exec(again.headers.get('cache-control') ?? '') ??
    [];
  expect(Number(maxAge)).toBeGreaterThan(Number(again.headers.get('age')));

  // The same bytes, fetched anew: the client has them. Other bytes: it does not.
  await warm(one);
  expect((await read(one, KEY, { 'if-none-match': etag })).status).toBe(304);
  installation.origin.answer(json({ name: 'Two' }));
  await warm(one);
  expect((await read(one, KEY, { 'if-none-match': etag })).status).toBe(200);

  const reads = (body: unknown) =>
    fetch(`${other.apiUrl}/v1/reads`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const found = await reads({ keys: ['profile:1', KEY, 'profile:none'] });
  expect(await found.json()).toMatchObject({
    entries: [
      { key: 'profile:1', state: 'value', encoding: 'json' },
      { key: KEY, state: 'value', head: { source: 'profile', tags: [] } },
      { key: 'profile:none', state: 'missing' },
    ],
  });
  const wrong = await reads({ keys: ['profile:1', 'nothing like it'] });
  expect([wrong.status, await wrong.json()]).toMatchObject([400, { code: 'E_SELECTOR_INVALID' }]);

  await one.verbs.invalidate(
    { selector: 'source=profile', mode: 'drop', rewarm: false, dryRun: false },
    'api',
  );
  expect((await read(one, KEY, { 'if-none-match': etag })).status).toBe(404);
  const gone = await until(
    'the bus',
    () => read(other, KEY),
    ({ status }) => status === 404,
  );
  expect(gone.headers.get('content-type')).toContain('application/problem+json');
  expect(await (await reads({ keys: [KEY] })).json()).toEqual({ entries: [{ key: KEY, state: 'missing' }] });
});
