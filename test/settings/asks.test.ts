import { expect, test } from 'vitest';
import { loadText } from '../support/settings.ts';

const config = (origin: string, request: string) =>
  `origins: { o: { ${origin} } }
sources: { p: { origin: o, key: "p:{id}", request: ${request} } }
entities: {}
`;
const asksOf = async (origin: string, request = '{ path: "/p/{id}" }') =>
  (await loadText(config(origin, request))).sources.get('p')?.asks;
const BEFORE = 'kind: http, url: "http://a.example"';

test.each([
  ['url of the origin', 'kind: http, url: "http://b.example"', undefined],
  ['path of the request', BEFORE, '{ path: "/v2/{id}" }'],
  ['query of the request', BEFORE, '{ path: "/p/{id}", query: { full: "1" } }'],
])('another %s is another thing to ask', async (_, origin, request) => {
  expect(await asksOf(origin, request)).not.toBe(await asksOf(BEFORE));
});

test.each([
  ['header of the origin', `${BEFORE}, headers: { authorization: "Bearer 1" }`, undefined],
  ['header of the request', BEFORE, '{ path: "/p/{id}", headers: { accept: "text/plain" } }'],
  ['rate', `${BEFORE}, rate: 5/s`, undefined],
])('another %s is not', async (_, origin, request) => {
  expect(await asksOf(origin, request)).toBe(await asksOf(BEFORE));
});

test('another password of a database is not, and another database is', async () => {
  const request = '{ query: "SELECT 1 WHERE $1 = 1", params: ["{id}"] }';
  const of = (url: string) => asksOf(`kind: sql, url: "postgres://${url}"`, request);
  expect(await of('me:other@db:5432/shop')).toBe(await of('me:secret@db:5432/shop'));
  expect(await of('me:secret@db:5432/shop')).not.toBe(await of('me:secret@db:5432/test'));
});
