/** Lists of entity sets over HTTP: every style of pages, and what servers do wrong with them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { httpListOptions } from '../../../src/origins/http/list-options.ts';
import { failureOf, SIGNAL } from '../../contract/origin.steps.ts';
import { json, type Script, status } from '../../support/scripted-server.ts';
import { listBench, listServer, PAGES, readAll, STYLES, shops } from './list.steps.ts';

const NUMBER = { by: 'number', param: 'page' };

/** Answers each of these in turn, and the last one from then on. */
function inTurn(...scripts: Script[]): Script {
  let n = 0;
  return (...args) => {
    const script = scripts[Math.min(n, scripts.length - 1)];
    n += 1;
    script?.(...args);
  };
}

/** Each page gives another cursor, and no row. */
function endless(): Script {
  let page = 0;
  return (...call) => {
    page += 1;
    return json({ rows: [], next: `p${page}` })(...call);
  };
}

/** These pages in turn, each with the number of pages as its total. */
function pagesOf(...pages: readonly (readonly unknown[])[]): Script {
  return inTurn(
    ...pages.map((rows) => json({ rows, total: pages.length })),
    json({ rows: [], total: pages.length }),
  );
}

describe('the pages of a list', () => {
  test('bring every row exactly once, in order, whatever the style, the length and the size of a page', async () => {
    const bench = await listBench({ list: { items: 'data.items' } });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...STYLES),
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 1, max: 15 }),
        async (style, count, size) => {
          bench.server.answer(listServer(shops(count), size, style));
          const { rows, ended } = await readAll(bench, { pages: PAGES[style] });
          expect(ended).toBeUndefined();
          expect(rows).toEqual(shops(count));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('are asked for with the size that is wanted, and with what the origin sends with every call', async () => {
    const bench = await listBench({
      origin: { query: { key: 'k1' }, headers: { 'x-token': 't' } },
      list: { path: '/v1/shops?open=true', pages: { ...NUMBER, first: 0, size: 2, sizeParam: 'limit' } },
    });
    bench.server.answer(inTurn(json([1, 2]), json([3]), json([])));
    expect((await readAll(bench)).rows).toEqual([1, 2, 3]);
    const paths = [0, 1, 2].map((page) => `/v1/shops?open=true&key=k1&limit=2&page=${page}`);
    expect(bench.server.asked.map(({ url }) => url)).toEqual(paths);
    expect(bench.server.asked.every(({ headers }) => headers['x-token'] === 't')).toBe(true);
    expect(bench.server.asked[0]?.headers['user-agent']).toMatch(/^forewarm\//);
  });

  test('of a link keep the origin’s own query, since an answer does not repeat its secrets', async () => {
    const bench = await listBench({ origin: { query: { key: 'k1' } }, list: { pages: { by: 'link' } } });
    bench.server.answer(inTurn(json([1], { link: '<?cursor=2>; rel=next' }), json([2])));
    expect((await readAll(bench)).rows).toEqual([1, 2]);
    expect(bench.server.asked[1]?.url).toBe('/v1/shops?cursor=2&key=k1');
  });

  test('carry ids beyond 2^53 as they were written, in rows and in cursors', async () => {
    const bench = await listBench({ list: { items: 'rows', pages: PAGES.cursor } });
    const text =
      (body: string): Script =>
      (response) =>
        response.end(body);
    bench.server.answer(
      inTurn(text('{"rows":[{"id":9007199254740993}],"next":9007199254740995}'), text('{"rows":[]}')),
    );
    const { rows } = await readAll(bench);
    expect(JSON.stringify(rows)).toBe('[{"id":9007199254740993}]');
    expect(bench.server.asked[1]?.url).toBe('/v1/shops?after=9007199254740995');
  });

  test.each<[string, Script]>([
    ['is empty', json({ rows: [], total: 4 })],
    ['is not there', status(404)],
    ['is refused', status(400)],
    ['is the last one again', json({ rows: [3, 4], total: 4 })],
  ])(
    'end at their total, behind which one more that %s is looked for where the last is full',
    async (_, beyond) => {
      const list = { items: 'rows', pages: { ...PAGES.numberTotal, size: 2, sizeParam: 'n' } };
      const bench = await listBench({ list });
      bench.server.answer(inTurn(json({ rows: [1, 2], total: 4 }), json({ rows: [3, 4], total: 4 }), beyond));
      expect(await readAll(bench)).toEqual({ rows: [1, 2, 3, 4], ended: undefined });
      expect(bench.server.asked).toHaveLength(3);
      bench.server.answer(
        inTurn(json({ rows: [1, 2], total: 3 }), json({ rows: [3], total: 3 }), status(500)),
      );
      expect(await readAll(bench)).toEqual({ rows: [1, 2, 3], ended: undefined });
    },
  );

  test('are asked for again where a call failed', async () => {
    const bench = await listBench({ list: { items: 'data.items', pages: PAGES.number } });
    const good = listServer(shops(3), 2, 'number');
    bench.server.answer(inTurn(good, status(500), good));
    const pages = bench.origin.listPages(bench.request());
    await pages.next(SIGNAL);
    expect(await failureOf(pages.next(SIGNAL))).toMatchObject({ class: 'retryable' });
    expect(await pages.next(SIGNAL)).toMatchObject({ kind: 'page', rows: [{ id: 3 }] });
    expect(bench.server.asked.map(({ url }) => url.slice(-1))).toEqual(['1', '2', '2']);
  });
});

describe('a row', () => {
  test('has the members that are flat, or the columns that are named, from any depth', async () => {
    const bench = await listBench();
    const row = { id: 7, open: true, none: null, at: { lat: 1.5 }, tags: ['a'] };
    bench.server.answer(json([row]));
    expect((await readAll(bench)).rows).toEqual([{ id: 7, open: true, none: null }]);
    const columns = { shop: 'id', lat: 'at.lat', first: 'tags.0', missing: 'x.y' };
    expect((await readAll(bench, { columns })).rows).toEqual([
      { shop: 7, lat: 1.5, first: 'a', missing: undefined },
    ]);
    bench.server.answer(json(['a', 'b']));
    expect((await readAll(bench, { columns: { id: '' } })).rows).toEqual([{ id: 'a' }, { id: 'b' }]);
  });
});

describe('a list is refused', () => {
  const html: Script = (response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>');
  const cases: [string, Record<string, unknown>, Script, RegExp][] = [
    ['that is a page of HTML', {}, html, /answered 200 with what is not JSON \(text\/html\)/],
    ['that is nothing', {}, status(204), /is not JSON/],
    ['that is not there', {}, status(404), /answered 404: there is no such list/],
    ['that is no list', { items: 'data' }, json({ data: { a: 1 } }), /without a list at "data"/],
    ['that lies deeper', {}, json({ data: [] }), /without a list; say by `items` where it is/],
    [
      'that says it failed',
      { items: 'rows', error: 'error' },
      json({ rows: [], error: 'no db' }),
      /"error": no db/,
    ],
    ['that answers 304 unasked', {}, status(304), /answered 304/],
    [
      'whose cursor comes again',
      { items: 'rows', pages: PAGES.cursor },
      json({ rows: [1], next: 'x' }),
      /page 2 gives a cursor that was followed before/,
    ],
    [
      'whose link comes again',
      { pages: PAGES.link },
      json([1], { link: '</v1/shops?p=2>; rel="next"' }),
      /page 2 gives a link that was followed before/,
    ],
    [
      'whose cursor is no text',
      { items: 'rows', pages: PAGES.cursor },
      json({ rows: [1], next: { a: 1 } }),
      /"next" is neither text nor a number/,
    ],
    ['whose pages do not turn', { pages: NUMBER }, json([1]), /"page" does not turn the page/],
    [
      'that has no total',
      { items: 'rows', pages: PAGES.numberTotal },
      json({ rows: [1], total: 'many' }),
      /no whole number at "total"/,
    ],
    [
      'whose total counts its pages',
      { items: 'rows', pages: PAGES.numberTotal },
      json({ rows: [1, 2, 3, 4], total: 3 }),
      /have 4 rows by page 1, and only 3 stand at "total"/,
    ],
    [
      'whose total counts its pages, as many as there are rows in the first',
      { items: 'rows', pages: PAGES.numberTotal },
      pagesOf([1, 2], [3, 4]),
      /have 4 rows by page 2, and only 2 stand at "total" \(total\): does that count pages/,
    ],
    [
      'whose total counts its pages, as many as there are rows in several',
      { items: 'rows', pages: PAGES.offsetTotal },
      pagesOf([1, 2], [3, 4], [5, 6], [7]),
      /have 6 rows by page 3, and only 4 stand at "total"/,
    ],
    [
      'in which a row has two ids',
      {},
      (response) => response.end('[{"id":1},{"id":2,"id":3}]'),
      /answered JSON in which a member "id" stands twice/,
    ],
    [
      'in which, far behind, a row has two ids',
      {},
      (response) => response.end(`[${'{"id":1},'.repeat(20_000)}{"id":2,"id":3}]`),
      /a member "id" stands twice/,
    ],
    [
      'whose pages are empty without end',
      { items: 'rows', pages: PAGES.cursor },
      endless(),
      /50 pages in a row have no rows, and each gives another cursor/,
    ],
  ];
  test.each(cases)('%s', async (_, list, script, why) => {
    const bench = await listBench({ list });
    bench.server.answer(script);
    const error = await failureOf(readAll(bench));
    expect(error).toMatchObject({ class: 'permanent' });
    expect(error.message).toMatch(why);
  });

  test.each([
    ['http://elsewhere.test/v1/shops?page=2', /at http:\/\/elsewhere\.test, and only/],
    ['//elsewhere.test/v1/shops', /at http:\/\/elsewhere\.test/],
    ['https://127.0.0.1/base/v1/shops', /at https:\/\/127\.0\.0\.1,/],
    ['/other/v1/shops', /leads out of .*\/base/],
    ['/base/../other', /leads out of/],
    ['/base/%2e%2e%2fother', /leads out of/],
    ['/baseline', /leads out of/],
    ['javascript:alert(1)', /at null, and only/],
    ['http://[', /that is no URL/],
  ])('whose next link leads elsewhere: %s', async (link, why) => {
    const bench = await listBench({ list: { items: 'rows', pages: PAGES.linkInBody } });
    const moved = { ...bench.server, url: `${bench.server.url}/base` };
    const based = await listBench({
      origin: { url: moved.url },
      list: { items: 'rows', pages: PAGES.linkInBody },
    });
    bench.server.answer(json({ rows: [1], next: link }));
    expect((await failureOf(readAll(based))).message).toMatch(why);
    expect(bench.server.asked).toHaveLength(1);
  });
});

describe('a list has changed, or is cut short', () => {
  const read = async (pages: Record<string, unknown>, ...scripts: Script[]) => {
    const bench = await listBench({ list: { items: 'rows', pages } });
    bench.server.answer(inTurn(...scripts));
    return (await readAll(bench)).ended;
  };
  const page = (rows: unknown[], total?: number) => json({ rows, total });

  test('but not when a page that names the next one is shorter than others', async () => {
    const pages = { by: 'cursor', at: 'next', param: 'c', size: 2, sizeParam: 'n' };
    const of = (rows: unknown[], next?: string) => json({ rows, next });
    const ended = await read(pages, of([{ id: 1 }, { id: 2 }], 'a'), of([{ id: 3 }], 'b'), of([{ id: 4 }]));
    expect(ended).toBeUndefined();
  });

  test('when a page is shorter than those before it, and another one follows', async () => {
    const ended = await read(NUMBER, page([1, 2]), page([3]), page([4, 5]), page([]));
    expect(ended).toEqual({ kind: 'changed', reason: 'page 2 has 1 row, and page 3 goes on' });
  });

  test('when its pages give fewer rows than it says', async () => {
    const ended = await read(PAGES.numberTotal ?? {}, page([1, 2], 5), page([3], 5), page([], 5));
    expect(ended).toEqual({ kind: 'changed', reason: 'its pages give 3 rows of 5' });
  });

  test('when it says another number of rows than before', async () => {
    const ended = await read(PAGES.offsetTotal ?? {}, page([1, 2], 4), page([3], 3));
    expect(ended).toEqual({ kind: 'changed', reason: 'it has 3 rows at page 2, and had 4 before' });
  });
});

test('a list that says "slow down" in a status or in an answer of success is throttled', async () => {
  const bench = await listBench({ list: { pages: NUMBER } });
  bench.server.answer(inTurn(json([1]), status(429, { 'retry-after': '7' })));
  expect(await failureOf(readAll(bench))).toMatchObject({ class: 'throttled' });
  bench.server.answer(json({ errors: [{ extensions: { code: 'THROTTLED' } }] }));
  expect(await failureOf(readAll(bench))).toMatchObject({ class: 'throttled' });
});

describe('conditions', () => {
  const known = { etag: '"1"' };

  test('are sent for a list in one answer, which may be unchanged', async () => {
    const bench = await listBench({ known });
    bench.server.answer(status(304));
    expect(await readAll(bench)).toMatchObject({ ended: { kind: 'unchanged' } });
    expect(bench.server.asked[0]?.headers['if-none-match']).toBe('"1"');
    bench.server.answer(json([1], { etag: '"2"' }));
    expect(await bench.origin.listPages(bench.request()).next(SIGNAL)).toMatchObject({
      validators: { etag: '"2"' },
    });
  });

  test('that cannot be sent back are left out, and that is told', async () => {
    const bench = await listBench();
    bench.server.answer(json([1], { etag: '"a\tb"', 'last-modified': 'Sun, 06 Nov 1994 08:49:37 GMT' }));
    expect(await bench.origin.listPages(bench.request()).next(SIGNAL)).toMatchObject({
      validators: {
        lastModified: 'Sun, 06 Nov 1994 08:49:37 GMT',
        unusable: expect.stringContaining('its ETag has a character that cannot be sent back, U+0009'),
      },
    });
  });

  test('are not sent for a list of pages: one page says nothing of the others', async () => {
    const bench = await listBench({ known, list: { pages: { by: 'link' } } });
    bench.server.answer(json([1], { etag: '"2"' }));
    const page = await bench.origin.listPages(bench.request()).next(SIGNAL);
    expect(page).toMatchObject({ validators: undefined });
    expect(bench.server.asked[0]?.headers['if-none-match']).toBeUndefined();
  });
});

describe('the options of pages', () => {
  const problem = (pages: object) =>
    httpListOptions.safeParse({ path: '/a', pages }).error?.issues[0]?.message;

  test.each([
    [{ by: 'number' }, '`by: number` needs `param`, the query parameter'],
    [
      { by: 'cursor', param: 'c' },
      '`by: cursor` needs `at` or `header`, where the next cursor is, and not both',
    ],
    [{ by: 'link', param: 'c' }, '`param` has no meaning with `by: link`'],
    [{ by: 'cursor', param: 'c', at: 'n', total: 't' }, '`total` has no meaning with `by: cursor`'],
    [{ by: 'offset', param: 'o', sizeParam: 'l' }, '`sizeParam` needs `size`'],
  ])('%j are refused', (pages, message) => {
    expect(problem(pages)).toBe(message);
  });

  test.each(STYLES)('of %s are taken', (style) => {
    expect(problem(PAGES[style])).toBeUndefined();
  });

  test('of a path with params are refused', () => {
    expect(httpListOptions.safeParse({ path: '/a/{b}' }).error?.issues[0]?.message).toContain('no params');
  });
});
