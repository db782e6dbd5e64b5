/** Origins of every kind behind whole apps: what they give is warmed, read, confirmed and refreshed. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { App } from '../../src/app/app.ts';
import { warmRequest } from '../../src/verbs/runs/warm-request.ts';
import { type Installation, install, start } from '../support/build-installation.ts';
import { found } from '../support/entry-reads.ts';
import { startPostgres } from '../support/postgres.ts';
import { json, type Script } from '../support/scripted-server.ts';
import { until } from '../support/waiting.ts';

const ROLES = ['worker', 'scheduler'] as const;

async function warmed(app: App, force = false) {
  const { run } = await app.verbs.warm(warmRequest.parse({ force }), 'cli');
  const ended = ({ state }: { state: string }) => state === 'ended';
  return (await until('the end', () => app.verbs.run(run.id), ended)).counts;
}

async function textOf(app: App, key: string): Promise<string | undefined> {
  const view = found(await app.verbs.get(key, false));
  return view === undefined ? undefined : Buffer.from(view.body).toString();
}

/** Answers a value per path, and at `/release` the release that all of them are of. */
function released(tag: string): Script {
  return (response, asked) => {
    const value = asked.url === '/release' ? { tag } : { market: asked.url, tag };
    json(value)(response, asked);
  };
}

test('a version that moves has every key of its source fetched again, fresh as they were, by two schedulers once', async () => {
  const installation = await install({ aof: false });
  const { origin } = installation;
  origin.answer(released('one'));
  const request = {
    path: '/{market}',
    versionProbe: { path: '/release', version: 'tag', schedule: '* * * * * *' },
  };
  const sources = { profile: { origin: 'markets', key: 'profile:{market}', request } };
  const app = await start(installation, ROLES, { sources });
  await start(installation, ['scheduler'], { sources });
  expect(await warmed(app)).toMatchObject({ warmed: 2 });
  const probes = () => origin.asked.filter(({ url }) => url === '/release').length;
  await until(
    'the first probe',
    async () => probes(),
    (count) => count > 0,
  );
  origin.answer(released('two'));
  const before = origin.asked.length;
  for (const market of ['1', '2']) {
    const renewed = JSON.stringify({ market: `/${market}`, tag: 'two' });
    await until(
      `market ${market} anew`,
      () => textOf(app, `profile:${market}`),
      (text) => text === renewed,
    );
  }
  const values = origin.asked.slice(before).filter(({ url }) => url !== '/release');
  expect(values.map(({ url }) => url).sort()).toEqual(['/1', '/2']);
  const schedules = await app.verbs.schedules();
  expect(schedules.find(({ kind }) => kind === 'probe')).toMatchObject({ name: 'profile.version' });
});

describe('an app', () => {
  test('warms rows of PostgreSQL, many in a query, and confirms those whose version is the same', async () => {
    const postgres = await startPostgres();
    onTestFinished(() => postgres.close());
    await postgres.exec(`CREATE TABLE products AS
      SELECT g AS market, 'name ' || g AS name, '2026-01-01T00:00:00Z'::timestamptz AS at FROM generate_series(1, 5) g`);
    const origins = { shop: { kind: 'sql', url: postgres.url, concurrency: 1 } };
    const request = {
      query: 'SELECT market, name, at FROM products WHERE market = ANY($1)',
      params: ['{market...}'],
      version: 'at',
    };
    const sources = { product: { origin: 'shop', key: 'product:{market}', request } };
    const app = await start(await install({ aof: false }), ROLES, { origins, sources });
    expect(await warmed(app)).toMatchObject({ warmed: 2 });
    expect(postgres.queries).toHaveLength(1);
    expect(await textOf(app, 'product:1')).toBe('{"market":1,"name":"name 1","at":"2026-01-01T00:00:00Z"}');
    await postgres.exec("UPDATE products SET name = 'new', at = now() WHERE market = 2");
    expect(await warmed(app, true)).toMatchObject({ warmed: 1, unchanged: 1 });
    expect(await textOf(app, 'product:2')).toContain('"name":"new"');
  });

  test('warms vectors of texts that are too long for a key, and finds the texts again', async () => {
    const installation = await install({ aof: false });
    const texts = ['a short one', 'a long one, '.repeat(40)];
    const { app, vectors } = await vectorsOf(installation, texts);
    expect(await warmed(app)).toMatchObject({ warmed: 2 });
    expect(await warmed(app, true)).toMatchObject({ warmed: 2 });
    const asked = installation.origin.asked.map(({ body }) => JSON.parse(body) as { input: string[] });
    expect(asked.map(({ input }) => [...input].sort())).toEqual([[...texts].sort(), [...texts].sort()]);
    const keys = (await app.verbs.list('', 10, undefined)).entries.map(({ key }) => key);
    expect(keys.filter((key) => key.includes('#'))).toHaveLength(1);
    const stored = await Promise.all(keys.map((key) => app.verbs.get(key, false)));
    expect(stored.map((view) => Buffer.from(found(view)?.body ?? '').toString('hex')).sort()).toEqual(
      vectors.sort(),
    );
  });
});

/** An app that makes a vector of each of these texts: its length, in a single number. */
async function vectorsOf(installation: Installation, texts: readonly string[]) {
  const csv = join(installation.folder, 'texts.csv');
  await writeFile(csv, `id,text\n${texts.map((text, i) => `${i},"${text}"`).join('\n')}\n`);
  installation.origin.answer((response, asked) => {
    // What the origin wrote.
    const { input } = JSON.parse(asked.body) as { input: string[] };
    const data = input.map((text, index) => ({ index, embedding: [text.length] }));
    json({ data: data.reverse() })(response, asked);
  });
  const change = {
    origins: { vectors: { kind: 'embeddings', url: installation.origin.url } },
    sources: {
      embedding: {
        origin: 'vectors',
        key: 'embedding:small:{text}',
        format: 'float32',
        request: { model: 'small', dimensions: 1 },
      },
    },
    entities: { texts: { csv, id: 'id' } },
  };
  const app = await start(installation, ROLES, change);
  const vectors = texts.map((text) => {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(text.length);
    return bytes.toString('hex');
  });
  return { app, vectors };
}
