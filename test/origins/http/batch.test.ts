import { describe, expect, it } from 'vitest';
import { bodyOf } from '../../../src/core/body.ts';
import type { BodyFormat } from '../../../src/core/entry.ts';
import { splitBatch } from '../../../src/origins/http/batch.ts';
import { httpOriginOptions, httpRequestOptions } from '../../../src/origins/http/options.ts';
import { compileRequest, type HttpBatch } from '../../../src/origins/http/request.ts';
import type { Known } from '../../../src/origins/origin.ts';
import { requestOf, textOf } from '../../contract/origin.steps.ts';

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
}

function split(
  paths: Record<string, unknown>,
  answer: unknown,
  { ids = ['1', '2'], known, format }: Asked = {},
) {
  const body = Buffer.from(typeof answer === 'string' ? answer : JSON.stringify(answer));
  const requests = ids.map((id) => requestOf(id, known));
  return splitBatch(batchOf(paths), format ?? 'json', body, requests);
}

describe('a batch answer', () => {
  it('is taken apart when it is a list at the top', () => {
    const fetched = split({ id: 'id' }, [
      { id: 2, n: 'b' },
      { id: '1', n: 'a' },
    ]);
    expect(fetched.map(textOf)).toEqual(['{"id":"1","n":"a"}', '{"id":2,"n":"b"}']);
  });

  it('is taken apart when it is a map from ids to items', () => {
    const fetched = split({ items: 'data.quotes' }, { data: { quotes: { '1': 5, '2': [6] } } });
    expect(fetched.map(textOf)).toEqual(['5', '[6]']);
  });

  it('gives the value that the path names, and what the item says of it', () => {
    const paths = { id: 'meta.id', value: 'data', version: 'meta.v', etag: 'meta.tag' };
    const answer = [{ meta: { id: 1, v: 3, tag: '"x"' }, data: { n: 1 } }];
    const [fetched] = split(paths, answer, { ids: ['1'] });
    expect(textOf(fetched)).toBe('{"n":1}');
    expect(fetched).toMatchObject({ contentType: 'application/json', etag: '"x"', version: '3' });
  });

  it('says absent of what is not in it, and answers a key that is asked twice twice', () => {
    const fetched = split({ id: 'id' }, [{ id: 1 }, { id: 9 }], { ids: ['1', '2', '1'] });
    expect(fetched.map(({ kind }) => kind)).toEqual(['body', 'absent', 'body']);
  });

  it('leaves a doubt about what is not in it, unless the source says that this is how absence is told', () => {
    expect(split({ id: 'id' }, [], { ids: ['1'] })).toEqual([
      { kind: 'absent', doubt: 'the batch answer only leaves it out' },
    ]);
    expect(split({ id: 'id', missing: 'absent' }, [], { ids: ['1'] })).toEqual([{ kind: 'absent' }]);
  });

  it('does not take for absent what it has in other letters', () => {
    const [fetched] = split({ id: 'id', missing: 'absent' }, [{ id: 'ABC' }], { ids: ['abc'] });
    const message = 'the batch answer has "ABC" in place of "abc"; write ids as the origin does';
    expect(fetched).toMatchObject({ kind: 'error', error: { class: 'permanent', message } });
  });

  it('is not misled by ids that are names of inherited members', () => {
    const fetched = split({}, {}, { ids: ['constructor', '__proto__', 'toString'] });
    expect(fetched.map(({ kind }) => kind)).toEqual(['absent', 'absent', 'absent']);
  });

  it.each<[string, Known, string]>([
    ['the same version', { version: '3' }, 'unchanged'],
    ['the same ETag', { etag: '"x"' }, 'unchanged'],
    ['another version, whatever the ETag', { version: '2', etag: '"x"' }, 'body'],
    ['another ETag', { etag: '"y"' }, 'body'],
    ['nothing that can be compared', { lastModified: 'x' }, 'body'],
  ])('says of %s: %s is %s', (_, known, kind) => {
    const paths = { id: 'id', version: 'v', etag: 'tag' };
    const [fetched] = split(paths, [{ id: 1, v: 3, tag: '"x"' }], { ids: ['1'], known });
    expect(fetched?.kind).toBe(kind);
  });

  it('keeps null as a value, for the guard to judge', () => {
    expect(split({}, { '1': null }, { ids: ['1'] }).map(textOf)).toEqual(['null']);
  });

  it('fails only the key whose item lacks a value', () => {
    const fetched = split({ id: 'id', value: 'data' }, [{ id: 1 }, { id: 2, data: 0 }]);
    expect(fetched).toMatchObject([{ kind: 'error', error: { class: 'permanent' } }, { kind: 'body' }]);
  });

  it('gives text of a raw source as it is', () => {
    expect(textOf(split({}, { '1': 'a "b"' }, { ids: ['1'], format: 'raw' })[0])).toBe('a "b"');
    expect(textOf(split({}, { '1': 'a' }, { ids: ['1'], format: 'json' })[0])).toBe('"a"');
  });

  it("is written in the source's format, item by item; one that does not fit fails by itself", () => {
    const items = { '1': [1, 2], '2': 'no vector' };
    const [vector, text] = split({}, items, { format: 'float32' });
    expect(vector).toEqual({ kind: 'body', body: bodyOf('float32', [1, 2]) });
    expect(text).toMatchObject({ kind: 'error', error: { class: 'permanent' } });
    const [packed] = split({}, items, { format: 'msgpack' });
    expect(packed).toMatchObject({ kind: 'body', body: bodyOf('msgpack', [1, 2]) });
  });

  it('is an empty body for every key when it is empty', () => {
    expect(split({}, '').map(textOf)).toEqual(['', '']);
  });

  it.each([
    ['is not JSON', {}, '<html>', 'not JSON'],
    ['has no list where it should', { items: 'data' }, { error: 'x' }, 'no list or map at "data"'],
    ['is a number', {}, 7, 'no list or map'],
    ['has an item without an id', { id: 'id' }, [{ id: null }], 'no id at "id"'],
  ])('is refused when it %s', (_, paths, answer, says) => {
    expect(() => split(paths, answer)).toThrow(says);
  });
});
