import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { AnswerHeaders } from '../../../src/origins/http/headers.ts';
import { fetchOne } from '../../contract/origin.steps.ts';
import { setup } from './http.steps.ts';

describe('the headers of an answer', () => {
  it.each([
    ['etag', ['"a"', '"b"'], '"a"'],
    ['content-type', ['text/plain', 'text/html'], 'text/plain'],
    ['last-modified', ['x', 'y'], 'x'],
    ['retry-after', ['1', '2'], '1'],
    ['x-version', ['1', '2'], '1, 2'],
    ['ratelimit', ['"a";r=1', '"b";r=2'], '"a";r=1, "b";r=2'],
  ])('have one value of %s, sent as %j', (name, lines, value) => {
    expect(new AnswerHeaders({ [name]: lines }).get(name)).toBe(value);
  });

  it('are only those that were sent', () => {
    const headers = new AnswerHeaders({ etag: ' ' });
    for (const name of ['constructor', '__proto__', 'toString', 'etag']) {
      expect(headers.get(name)).toBeUndefined();
    }
  });

  it('are stored as text, though each is sent twice', async () => {
    const bench = await setup();
    bench.server.answer((response: ServerResponse) => {
      const twice = ['content-type', 'etag', 'last-modified'].flatMap((name) => [
        name,
        `${name}/a`,
        name,
        'b/b',
      ]);
      response.writeHead(200, twice).end('body');
    });
    expect(await fetchOne(bench)).toMatchObject({
      kind: 'body',
      contentType: 'content-type/a',
      etag: 'etag/a',
      lastModified: 'last-modified/a',
    });
  });

  it.each([
    ['"caf\u00e9"', undefined],
    ['*', undefined],
    ['""', undefined],
    [`"${'x'.repeat(5_000)}"`, undefined],
    ['unquoted', 'unquoted'],
    ['W/"a b"', 'W/"a b"'],
  ])('have the ETag %j stored as %j', async (sent, etag) => {
    const bench = await setup();
    bench.server.answer((response) =>
      response.writeHead(200, { etag: Buffer.from(sent, 'latin1').toString('latin1') }).end('x'),
    );
    const fetched = await fetchOne(bench);
    expect(fetched).toMatchObject({ kind: 'body', ...(etag !== undefined && { etag }) });
    expect('etag' in fetched).toBe(etag !== undefined);
    expect('unusable' in fetched).toBe(etag === undefined);
  });
});
