/** Entity sets that are lists of origins, as the configuration writes them. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { surveyOf } from '../../src/settings/checks/survey.ts';
import { loadText, problemsOf } from '../support/settings.ts';

const ORIGINS = `origins:
  crm: { kind: http, url: "http://127.0.0.1:1" }
  shop: { kind: sql, url: "postgres://reader@127.0.0.1:1/shop" }
  own: { kind: module, module: own.mjs }
sources:
  s: { origin: crm, key: "s:{id}", request: { path: "/{id}" } }
entities:
`;

const problems = (set: string) => problemsOf(`${ORIGINS}  e: ${set}\n`);

test('the example of the page about entity sets is taken', async () => {
  const page = readFileSync('docs/entities.md', 'utf8');
  const [example = ''] = [...page.matchAll(/```yaml\n(origins:[\s\S]*?)```/g)].map(([, text]) => text);
  const { lists } = await loadText(example);
  expect([...lists.keys()]).toEqual(['shops', 'accounts']);
});

describe('a list of an origin', () => {
  test('is a place beside the options of its set', async () => {
    const { lists, entities } = await loadText(`${ORIGINS}
  a: { origin: shop, query: "SELECT id FROM shops", id: id, refresh: 1h }
  b: { origin: crm, path: /v1/shops, items: data.items, pages: { by: cursor, at: next, param: after }, id: id }
`);
    expect(lists.get('a')).toEqual({ origin: 'shop', options: { query: 'SELECT id FROM shops' } });
    const pages = { by: 'cursor', at: 'next', param: 'after' };
    expect(lists.get('b')).toEqual({
      origin: 'crm',
      options: { path: '/v1/shops', items: 'data.items', pages },
    });
    expect(entities.a).toMatchObject({ origin: 'shop', refresh: 3_600_000 });
  });

  test.each<[string, string]>([
    ['{ origin: cmr, path: /a, id: id }', 'there is no origin "cmr"; there are crm, shop, own'],
    ['{ origin: own, id: id }', 'origin "own" is of kind module, which gives no lists; http and sql do'],
    ['{ origin: crm, id: id }', 'entities.e.path: is required'],
    ['{ origin: shop, id: id }', 'entities.e.query: is required'],
    ['{ origin: shop, query: "SELECT $1", id: id }', 'it has no placeholders such as $1'],
    [
      '{ origin: shop, query: "SELECT 1", path: /a, id: id }',
      '`path` has no meaning for an origin of kind sql, which takes query',
    ],
    ['{ origin: crm, path: "/a/{b}", id: id }', 'it can use no params'],
    ['{ origin: crm, path: a, id: id }', 'a path begins with "/"'],
    ['{ origin: crm, path: /a, pages: { by: number }, id: id }', '`by: number` needs `param`'],
    [
      '{ origin: crm, path: /a, pages: { by: pages }, id: id }',
      '"pages" is not one of cursor, link, number, offset',
    ],
    ['{ origin: crm, path: /a, item: b, id: id }', '"item" is not an option here; did you mean "items"?'],
    ['{ csv: a.csv, path: /a, id: id }', '`path` is of the list of an origin; name that by `origin`'],
    ['{ csv: a.csv, origin: crm, path: /a, id: id }', 'needs exactly one of csv, json, module, origin'],
  ])('is refused once, with what to write: %s', async (set, message) => {
    const found = await problems(set);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });

  test('is not read by a look at the configuration, which says so, and of no source that nothing feeds it', async () => {
    const settings = await loadText(
      `${ORIGINS.replace(/^ +own.*\n/m, '')}  e: { origin: crm, path: /a, id: id }\n`,
    );
    const { problems: none, notes } = await surveyOf(settings, { clock: systemClock, timezone: 'UTC' });
    expect(none).toEqual([]);
    expect(notes).toEqual([
      {
        path: 'entities.e',
        message:
          'origin "crm" is not asked for its list here; `forewarm doctor` reads it, and says what is in it',
      },
    ]);
  });
});
