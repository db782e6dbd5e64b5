/** Lists that say of themselves that they are not whole. */
import { describe, expect, test } from 'vitest';
import { json, type Script } from '../../support/scripted-server.ts';
import { listBench, PAGES, readAll } from './list.steps.ts';

describe('a list whose last answer says that there is more', () => {
  const rows = [1, 2];
  const cursor = { items: 'rows', pages: PAGES.cursor };
  const cases: readonly (readonly [string, Record<string, unknown>, Script, RegExp])[] = [
    ['by has_more', cursor, json({ rows, has_more: true, next: null }), /"has_more" is true/],
    ['by a larger total', cursor, json({ rows, total: 200, next: null }), /"total" is 200/],
    ['by a total in meta', cursor, json({ rows, meta: { total_count: 3 } }), /"total_count" is 3/],
    ['by a number of pages', cursor, json({ rows, page: { totalPages: 2 } }), /"totalPages" is 2/],
    [
      'by a header that counts',
      cursor,
      json({ rows }, { 'x-total-count': '3' }),
      /counts 3 items, and has 2/,
    ],
    [
      'by a link beside no cursor',
      cursor,
      json({ rows }, { link: '<?p=2>; rel=next' }),
      /link to a next page/,
    ],
    ['by another cursor', cursor, json({ rows, paging: { next_token: 'abc' } }), /has "next_token"/],
    [
      'by an empty page',
      { items: 'rows', pages: PAGES.number },
      json({ rows: [], total: 5 }),
      /"total" is 5/,
    ],
    [
      'where it says',
      { ...cursor, more: 'state.open' },
      json({ rows, state: { open: 1 } }),
      /"state.open" is 1/,
    ],
  ];
  test.each(cases)('is not all of it: %s', async (_, list, answer, why) => {
    const bench = await listBench({ list });
    bench.server.answer(answer);
    const { ended } = await readAll(bench);
    expect(ended).toMatchObject({ kind: 'changed', reason: expect.stringMatching(why) });
  });

  test.each([
    ['a link', { link: '</v1/shops?page=2>; rel="next"' }],
    ['a total', { 'x-total-count': '200' }],
  ])('is refused for good where no pages are asked for: %s', async (_, headers) => {
    const bench = await listBench();
    bench.server.answer(json(rows, headers));
    await expect(readAll(bench)).rejects.toMatchObject({
      class: 'permanent',
      message: expect.stringMatching(/is not whole: .*say by `pages`/),
    });
  });

  const whole: readonly (readonly [string, Record<string, unknown>, Script])[] = [
    ['nothing', cursor, json({ rows, has_more: false, next: null, total: 2, page: { total_pages: 1 } })],
    ['something of no meaning here', { ...cursor, more: 'open' }, json({ rows, total: 900 })],
    [
      'a total of all pages',
      cursor,
      (response, asked) =>
        json(asked.url.includes('after=a') ? { rows: [3, 4], total: 4 } : { rows, next: 'a', total: 4 })(
          response,
          asked,
        ),
    ],
  ];
  test.each(whole)('is all of it where it says %s', async (_, list, answer) => {
    const bench = await listBench({ list });
    bench.server.answer(answer);
    expect((await readAll(bench)).ended).toBeUndefined();
  });
});
