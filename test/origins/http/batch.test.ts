import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { bodyOf } from '../../../src/core/body.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { BodyFormat } from '../../../src/core/entry.ts';
import type { GuardRules } from '../../../src/core/source.ts';
import { Breath } from '../../../src/flow/breath.ts';
import { splitBatch } from '../../../src/origins/http/batch.ts';
import { AnswerHeaders } from '../../../src/origins/http/headers.ts';
import { httpOriginOptions, httpRequestOptions } from '../../../src/origins/http/options.ts';
import { compileRequest, type HttpBatch } from '../../../src/origins/http/request.ts';
import type { Fetched, Known } from '../../../src/origins/origin.ts';
import { requestOf, sourceOf, textOf } from '../../contract/origin.steps.ts';

function batchOf(paths: Record<string, unknown>): HttpBatch {
  const batch = { path: '/values', query: { ids: '{id...}' }, ...paths };
  const origin = httpOriginOptions.parse({ kind: 'http', url: 'http://127.0.0.1:1' });
  const compiled = compileRequest(origin, httpRequestOptions.parse({ batch })).batch;
  if (compiled === undefined) throw new Error('no batch');
  return compiled;
}

interface Asked {
  readonly ids?: readonly string[];
  readonly known?: Known;
  readonly format?: BodyFormat;
  readonly guard?: GuardRules;
  readonly headers?: IncomingHttpHeaders;
}

function split(
  paths: Record<string, unknown>,
  answer: unknown,
  { ids = ['1', '2'], known, format, guard = sourceOf({}).guard, headers = {} }: Asked = {},
) {
  const body = Buffer.from(typeof answer === 'string' ? answer : JSON.stringify(answer));
  const requests = ids.map((id) => requestOf(id, known));
  const came = { body, headers: new AnswerHeaders(headers) };
  const source = sourceOf({}, { format: format ?? 'json', guard });
  return splitBatch(batchOf(paths), source, came, requests, new Breath({ clock: systemClock }));
}

/** An answer without what its values were parsed to, of which the bytes tell. */
function told(fetched: Fetched): unknown {
  if (fetched.kind === 'error') return fetched.error.message;
  return fetched.kind === 'body' ? { text: textOf(fetched), version: fetched.version } : fetched;
}

describe('a batch answer', () => {
  it('is taken apart when it is a list at the top', async () => {
    const fetched = await split({ id: 'id' }, [
      { id: 2, n: 'b' },
      { id: '1', n: 'a' },
    ]);
    expect(fetched.map(textOf)).toEqual(['{"id":"1","n":"a"}', '{"id":2,"n":"b"}']);
  });

  it('is taken apart when it is a map from ids to items', async () => {
    const fetched = await split({ items: 'data.quotes' }, { data: { quotes: { '1': 5, '2': [6] } } });
    expect(fetched.map(textOf)).toEqual(['5', '[6]']);
  });

  it('gives the value that the path names, and what the item says of it', async () => {
    const paths = { id: 'meta.id', value: 'data', version: 'meta.v', etag: 'meta.tag' };
    const answer = [{ meta: { id: 1, v: 3, tag: '"x"' }, data: { n: 1 } }];
    const [fetched] = await split(paths, answer, { ids: ['1'] });
    expect(textOf(fetched)).toBe('{"n":1}');
    expect(fetched).toMatchObject({ contentType: 'application/json', etag: '"x"', version: '3' });
  });

  it('says absent of what is not in it, and answers a key that is asked twice twice', async () => {
    const fetched = await split({ id: 'id' }, [{ id: 1 }, { id: 9 }], { ids: ['1', '2', '1'] });
    expect(fetched.map(({ kind }) => kind)).toEqual(['body', 'absent', 'body']);
  });

  it('leaves a doubt about what is not in it, unless the source says that this is how absence is told', async () => {
    expect(await split({ id: 'id' }, [], { ids: ['1'] })).toEqual([
      { kind: 'absent', doubt: 'the batch answer only leaves it out' },
    ]);
    expect(await split({ id: 'id', missing: 'absent' }, [], { ids: ['1'] })).toEqual([{ kind: 'absent' }]);
  });

  it.each([
    ['in other letters', 'abc', 'ABC'],
    ['with a blank around it', 'abc', ' abc'],
    ['without its zeros', '007', 7],
    ['with zeros before it', '7', '0007'],
    ['with an accent of its own', 'caf\u00e9', 'cafe\u0301'],
  ])('does not take for absent what it has %s', async (_, asked, id) => {
    for (const missing of ['absent', 'doubt']) {
      const [fetched] = await split({ id: 'id', missing }, [{ id }, { id: 'other' }], { ids: [asked] });
      const message = `the batch answer has "${id}" in place of "${asked}"; write ids as the origin does`;
      expect(fetched).toMatchObject({ kind: 'error', error: { class: 'permanent', message } });
    }
  });

  it('takes ids that differ for different ones: numbers, letters and what is between them', async () => {
    const fetched = await split({ id: 'id' }, [{ id: '1' }, { id: '10' }], {
      ids: ['1', '0', '00', '100', 'a1', '1 0', ''],
    });
    expect(fetched.map(({ kind }) => kind)).toEqual(['body', ...Array(6).fill('absent')]);
  });

  it.each([
    [
      'a list',
      { id: 'sku' },
      [
        { sku: 'x', n: 1 },
        { sku: 'y', n: 2 },
      ],
    ],
    ['a map', { items: 'found' }, { found: { x: 1, y: 2 } }],
  ])('says nothing of any key where %s has only items that were not asked for', async (_, paths, answer) => {
    for (const fetched of await split(paths, answer)) {
      const message = expect.stringMatching(/only items that were not asked for, such as "x"; is batch\.id/);
      expect(fetched).toMatchObject({ kind: 'error', error: { class: 'permanent', message } });
    }
    const told = await split({ ...paths, missing: 'absent' }, answer);
    expect(told.map(({ kind }) => kind)).toEqual(['absent', 'absent']);
  });

  it('is not misled by ids that are names of inherited members', async () => {
    const fetched = await split({}, {}, { ids: ['constructor', '__proto__', 'toString'] });
    expect(fetched.map(({ kind }) => kind)).toEqual(['absent', 'absent', 'absent']);
  });

  it.each<[string, Known, string]>([
    ['the same version', { version: '3' }, 'unchanged'],
    ['the same ETag', { etag: '"x"' }, 'unchanged'],
    ['another version, whatever the ETag', { version: '2', etag: '"x"' }, 'body'],
    ['another ETag', { etag: '"y"' }, 'body'],
    ['nothing that can be compared', { lastModified: 'x' }, 'body'],
  ])('says of %s: %s is %s', async (_, known, kind) => {
    const paths = { id: 'id', version: 'v', etag: 'tag' };
    const [fetched] = await split(paths, [{ id: 1, v: 3, tag: '"x"' }], { ids: ['1'], known });
    expect(fetched?.kind).toBe(kind);
  });

  it('keeps null as a value, for the guard to judge', async () => {
    expect((await split({}, { '1': null }, { ids: ['1'] })).map(textOf)).toEqual(['null']);
  });

  it('fails only the key whose item lacks a value', async () => {
    const fetched = await split({ id: 'id', value: 'data' }, [{ id: 1 }, { id: 2, data: 0 }]);
    expect(fetched).toMatchObject([{ kind: 'error', error: { class: 'permanent' } }, { kind: 'body' }]);
  });

  it('gives text of a raw source as it is', async () => {
    expect(textOf((await split({}, { '1': 'a "b"' }, { ids: ['1'], format: 'raw' }))[0])).toBe('a "b"');
    expect(textOf((await split({}, { '1': 'a' }, { ids: ['1'], format: 'json' }))[0])).toBe('"a"');
  });

  it("is written in the source's format, item by item; one that does not fit fails by itself", async () => {
    const items = { '1': [1, 2], '2': 'no vector' };
    const [vector, text] = await split({}, items, { format: 'float32' });
    expect(vector).toEqual({ kind: 'body', body: bodyOf('float32', [1, 2]) });
    expect(text).toMatchObject({ kind: 'error', error: { class: 'permanent' } });
    const [packed] = await split({}, items, { format: 'msgpack' });
    expect(packed).toMatchObject({ kind: 'body', body: bodyOf('msgpack', [1, 2]) });
  });

  const LONG = ['9007199254740992', '9007199254740993'];

  it('tells ids and versions apart that JavaScript would round to one number', async () => {
    const text = `[{"id":${LONG[0]},"v":1${LONG[0]}},{"id":${LONG[1]},"v":1${LONG[1]}}]`;
    const known = { version: `1${LONG[0]}` };
    const fetched = await split({ id: 'id', version: 'v' }, text, { ids: LONG, known });
    expect(fetched[0]?.kind).toBe('unchanged');
    expect(fetched[1]).toMatchObject({ kind: 'body', version: `1${LONG[1]}` });
    expect(textOf(fetched[1])).toBe(`{"id":${LONG[1]},"v":1${LONG[1]}}`);
  });

  it.each<[BodyFormat, string]>([
    ['json', '{"n":9007199254740993}'],
    ['raw', '{"n":9007199254740993}'],
  ])('keeps the long numbers of values of %s', async (format, body) => {
    expect(textOf((await split({}, '{"1":{"n":9007199254740993}}', { ids: ['1'], format }))[0])).toBe(body);
  });

  it('keeps them in MessagePack as far as it can hold them, and fails the item alone where it cannot', async () => {
    const text = '{"1":{"n":9007199254740993},"2":[123456789012345678901234]}';
    const [kept, lost] = await split({}, text, { format: 'msgpack' });
    expect(kept).toMatchObject({ kind: 'body', body: bodyOf('msgpack', { n: 9007199254740993n }) });
    expect(lost).toMatchObject({
      kind: 'error',
      error: { message: expect.stringContaining('more than 64 bits') },
    });
  });

  it.each(['"a"\r\nx: y', '"\u2019"', '*', ''])(
    'leaves out the ETag %j, which no header can carry',
    async (tag) => {
      const [fetched] = await split({ id: 'id', etag: 'tag' }, [{ id: 1, tag }], { ids: ['1'] });
      expect(fetched?.kind).toBe('body');
      expect(fetched).not.toHaveProperty('etag');
      if (tag !== '') expect(fetched).toHaveProperty('unusable', expect.stringMatching(/^its ETag /));
    },
  );

  it('is a body for the guard to refuse when it tells of a failure as a whole', async () => {
    const guard = { ...sourceOf({}).guard, error: 'fault' };
    const answer = { fault: 'out of order' };
    for (const fetched of await split({ items: 'items' }, answer, { guard })) {
      expect(textOf(fetched)).toBe(JSON.stringify(answer));
    }
  });

  describe('with an item that cannot be told whose it is', () => {
    const messages = async (paths: Record<string, unknown>, answer: unknown, ids = ['1', '2', '3']) =>
      (await split(paths, answer, { ids })).map((one) =>
        one.kind === 'error' ? one.error.message : one.kind,
      );

    it.each([null, {}, [], { id: null }, { id: [1] }, { id: true }, 'x', 7])(
      '%j spoils no other',
      async (item) => {
        const [first, second, third] = await messages({ id: 'id' }, [{ id: 1 }, item, { id: 3 }]);
        expect([first, third]).toEqual(['body', 'body']);
        expect(second).toMatch(item === null ? /^absent$/ : /no id at "id", and it may be that of "2"$/);
      },
    );

    it('takes neither of two values for one id, unless they are the same', async () => {
      const twice = [{ id: 1, n: [1, { a: 1, b: 2 }] }, { id: 2, n: 'a' }, { id: 3 }, { id: 2, n: 'b' }];
      const answer = [...twice, { id: 1, n: [1, { b: 2, a: 1 }] }];
      const problem = 'the batch answer has "2" more than once, with different values';
      expect(await messages({ id: 'id' }, answer)).toEqual(['body', problem, 'body']);
    });

    it('finds two long numbers different that JavaScript would round to one', async () => {
      const answer = `[{"id":1,"n":9007199254740992},{"id":1,"n":9007199254740993}]`;
      expect(await messages({ id: 'id' }, answer, ['1'])).toEqual([expect.stringMatching(/more than once/)]);
    });

    it('takes no item of a map that says itself that it is of another key', async () => {
      const answer = { '1': { id: 1 }, '2': { id: 'other' }, '3': { n: 1 }, ABC: { id: 'abc' } };
      const problem = 'the batch answer has under "2" an item whose "id" is "other"';
      expect(await messages({ id: 'id' }, answer, ['1', '2', '3', 'ABC'])).toEqual([
        'body',
        problem,
        'body',
        'body',
      ]);
      expect(await messages({}, answer)).toEqual(['body', 'body', 'body']);
    });

    it('does not take for absent what it leaves out beside errors', async () => {
      const errors = [{ message: 'timed out', path: ['items', 1] }];
      const paths = { items: 'items', id: 'id', missing: 'absent' };
      const told = 'the batch answer leaves it out, and tells of errors: timed out';
      expect(await messages(paths, { items: [{ id: 1 }, null], errors }, ['1', '2'])).toEqual(['body', told]);
      expect(await messages(paths, { items: [{ id: 1 }, null], errors: [] }, ['1', '2'])).toEqual([
        'body',
        'absent',
      ]);
    });
  });

  describe('that says that it is not all', () => {
    const ITEM = { id: 1 };
    const under = (more: object) => [{ items: 'items' }, { items: [ITEM], ...more }] as const;
    const within = (more: object) => [{ items: 'data.items' }, { data: { items: [ITEM], ...more } }] as const;
    const kindOf = async (paths: object, answer: unknown, asked: Asked = {}) =>
      (await split({ id: 'id', ...paths }, answer, asked)).map((one) =>
        one.kind === 'error' ? one.error.class : one.kind,
      );

    it.each([
      ['a next page', ...under({ next: '/values?page=2' })],
      ['a next page beside an outer object', { items: 'data.items' }, { data: { items: [ITEM] }, next: 2 }],
      ['a next page within', ...within({ nextPageToken: 'abc' })],
      ['more', ...under({ has_more: true })],
      ['more in words', ...under({ hasMore: 'true' })],
      ['a link', ...under({ links: { next: { href: '/values?page=2' } } })],
      ['a link of HAL', ...under({ _links: { next: { href: '/x' }, self: { href: '/y' } } })],
      ['a link of OData', ...under({ '@odata.nextLink': '/values?$skip=1' })],
      ['page information', ...within({ pageInfo: { hasNextPage: true, endCursor: 'x' } })],
      ['pagination', ...under({ pagination: { page: 1, total_pages: 3 } })],
      ['a page that is not the last', ...under({ last: false, number: 0 })],
      ['a larger total', ...under({ total: 2 })],
      ['a larger total as text', ...under({ meta: { 'total-count': '2' } })],
      ['a larger total in an object', ...under({ total: { value: 2, relation: 'eq' } })],
      ['a larger count', ...under({ count: 2 })],
      ['that it is cut', ...under({ truncated: true })],
      ['that it is a part', ...under({ partial: true })],
      ['that it is not complete', ...under({ complete: false })],
      ['incomplete results', ...under({ incomplete_results: true })],
      ['that it ran out of time', ...under({ timed_out: true })],
      ['keys that were not processed', ...under({ UnprocessedKeys: { table: { Keys: [{ id: 2 }] } } })],
      ['errors of another depth', ...within({ errors: [{ message: 'one shard' }] })],
      ['an error', ...under({ error: 'one shard' })],
    ])('by %s fails what it leaves out, to be asked for again', async (_, paths, answer) => {
      expect(await kindOf(paths, answer)).toEqual(['body', 'retryable']);
      expect(await kindOf({ ...paths, missing: 'absent' }, answer)).toEqual(['body', 'retryable']);
    });

    it.each<[string, IncomingHttpHeaders]>([
      ['a link to the next page', { link: '</values?page=2>; rel="next", </values?page=9>; rel="last"' }],
      ['a number of the next page', { 'x-next-page': '2' }],
      ['a total', { 'x-total-count': '2' }],
      ['a range', { 'content-range': 'items 0-0/2' }],
    ])('by %s in its headers, too', async (_, headers) => {
      expect(await kindOf({}, [ITEM], { headers })).toEqual(['body', 'retryable']);
    });

    it.each([
      ['nothing', { next: null, has_more: false, truncated: 0, nextPageToken: '', hasMore: 'false' }],
      ['links to nothing', { links: { next: { href: null }, prev: '/values' } }],
      ['a total that it has', { total: 1, count: 1, pagination: { page: 1, total_pages: 1 } }],
      ['that it is the last', { last: true, complete: true, done: true, partial: false }],
      ['things of other names', { remaining: 5, nextRun: 7, cursor: 'here', quota: { total: 900 } }],
      ['no errors', { errors: [], error: null }],
    ])('is all where it says %s', async (_, more) => {
      expect(await kindOf(...under(more))).toEqual(['body', 'absent']);
    });

    it('counts each item once, and what it has null for', async () => {
      const items = (list: unknown[], total: number) =>
        kindOf({ items: 'items' }, { items: list, total }, { ids: ['1', '2', '3'] });
      expect(await items([ITEM, ITEM, { id: 2 }], 3)).toEqual(['body', 'body', 'retryable']);
      expect(await items([ITEM, null, { id: 2 }], 3)).toEqual(['body', 'body', 'absent']);
    });

    it('says why, and shows no cursor', async () => {
      const messages = async (answer: object) =>
        (await split({ id: 'id', items: 'items' }, answer)).map((one) =>
          one.kind === 'error' ? one.error.message : '',
        );
      const start = 'the batch answer leaves it out, and says that it is not all: ';
      expect((await messages({ items: [ITEM], total: 7 }))[1]).toBe(`${start}its "total" is 7`);
      expect((await messages({ items: [ITEM], next: 'secret' }))[1]).toBe(`${start}it has "next"`);
    });

    it('takes no item of a map for a word about it', async () => {
      expect(await kindOf({}, { next: 5, '1': 6 }, { ids: ['1', '2'] })).toEqual(['body', 'absent']);
      expect(await kindOf({}, { '1': 6, total: 9 }, { ids: ['1', 'total'] })).toEqual(['body', 'body']);
    });

    it('says so where the source says, and nowhere else', async () => {
      const paths = { items: 'items', more: 'state.open' };
      expect(await kindOf(paths, { items: [ITEM], state: { open: 3 } })).toEqual(['body', 'retryable']);
      expect(await kindOf(paths, { items: [ITEM], state: { open: 0 }, total: 900 })).toEqual([
        'body',
        'absent',
      ]);
    });
  });

  it('is taken apart in the same way when it is large', async () => {
    const paths = { items: 'items', id: 'id', value: 'value', version: 'v' };
    const items = `{"id":1,"v":9007199254740993,"value":[1e400,{"a":"\ud83d"}]},{"id":"2"},{"id":3,"value":1},{"id":3,"value":2},{"ID":4}`;
    for (const answer of [`{"items":[${items}]}`, `{"items":{"1":{"value":[]}},"errors":["late"]}`]) {
      const small = await split(paths, answer, { ids: ['1', '2', '3', '4', '02'] });
      const large = await split(paths, `${' '.repeat(70_000)}${answer}`, { ids: ['1', '2', '3', '4', '02'] });
      expect(large.map(told)).toEqual(small.map(told));
    }
    expect(textOf((await split(paths, `{"items":[${items}]}`, { ids: ['1'] }))[0])).toContain('1e400');
  });

  it('may begin with a byte order mark', async () => {
    expect((await split({}, '\ufeff{"1":5}', { ids: ['1'] })).map(textOf)).toEqual(['5']);
  });

  it('is an empty body for every key when it is empty', async () => {
    expect((await split({}, '')).map(textOf)).toEqual(['', '']);
  });

  it.each([
    ['is not JSON', {}, '<html>', 'not JSON'],
    ['has no list where it should', { items: 'data' }, { error: 'x' }, 'no list or map at "data"'],
    ['is a number', {}, 7, 'no list or map'],
  ])('is refused when it %s', async (_, paths, answer, says) => {
    await expect(split(paths, answer)).rejects.toThrow(says);
  });
});

it('a body of a batch has the type that the configuration names, once, and else that of JSON', () => {
  const typesOf = (headers: Readonly<Record<string, string>>) => {
    const origin = httpOriginOptions.parse({ kind: 'http', url: 'http://h', headers });
    const batch = { path: '/b', method: 'POST', body: { ids: '{id...}' } };
    const sent = compileRequest(origin, httpRequestOptions.parse({ batch })).batch?.headers ?? [];
    return sent.flatMap((name, i) => (name === 'content-type' ? [sent[i + 1]] : []));
  };
  expect(typesOf({})).toEqual(['application/json']);
  expect(typesOf({ 'Content-Type': 'application/vnd.api+json' })).toEqual(['application/vnd.api+json']);
});
