/** Everything in `src/origins` that reads what a server, or a file, may have written in any way. */
import { gzipSync } from 'node:zlib';
import { OriginError } from '../../src/core/errors.ts';
import { parseExactly, withoutText } from '../../src/core/exact-json.ts';
import { safeDate, safeEtag, safeType } from '../../src/core/validators.ts';
import { fetchedFrom, vectorsOf } from '../../src/origins/embeddings/vectors.ts';
import { judge } from '../../src/origins/guard.ts';
import { splitBatch } from '../../src/origins/http/batch.ts';
import { decoded } from '../../src/origins/http/content-coding.ts';
import { AnswerHeaders } from '../../src/origins/http/headers.ts';
import { parseHttpDate } from '../../src/origins/http/http-date.ts';
import { httpOriginOptions, httpRequestOptions } from '../../src/origins/http/options.ts';
import { proxyOfEnv } from '../../src/origins/http/proxy.ts';
import { compileRequest, type HttpBatch, singleCall } from '../../src/origins/http/request.ts';
import { stepsOut } from '../../src/origins/http/steps-out.ts';
import { hintsOf, throttleOf } from '../../src/origins/http/throttle.ts';
import { saidIn, shown } from '../../src/origins/words.ts';
import { requestOf, sourceOf } from '../contract/origin.steps.ts';
import type { Inputs } from './random-inputs.ts';

export interface Parser {
  /** Pieces of inputs that lead far into it. */
  readonly dictionary: readonly string[];
  /** Reads one input. What it throws must be among `throws`. */
  readonly read: (inputs: Inputs) => unknown;
  /** Classes of errors that its callers expect. */
  readonly throws: readonly (new (
    ...args: never[]
  ) => Error)[];
}

const NOW = Date.UTC(2026, 0, 1);
const JSON_PIECES = [
  '{"errors":[{"message":"m","extensions":{"code":"THROTTLED"}}]}',
  '{',
  '}',
  '[',
  ']',
  '"',
  ':',
  ',',
  '\\',
  '9007199254740993',
  '1e400',
  '-0.0',
  '"id":',
  '"__proto__":',
  'null',
  '\ufeff',
  '[[[[',
  ' ',
  '\\u0000',
  '{"error":{"message":"a\\u202eb","code":"rate_limit"}}',
  '{"data":[{"index":0,"embedding":[1,2]}]}',
  '{"items":[{"id":1,"value":2}]}',
  '"AAAAAA=="',
];
const DATES = [
  'Sun, 06 Nov 1994 08:49:37 GMT',
  'Sunday, 06-Nov-94 08:49:37 GMT',
  'Sun Nov  6 08:49:37 1994',
  'Fri, 12 Sep 275760 23:00:00 GMT',
  '2026-01-01T00:00:00Z',
  'GMT',
  ' ',
  ',',
  '-',
  '9',
  ':',
];
const HINTS = [
  ...DATES,
  '3',
  '2.0',
  '1700000000',
  '6m0s',
  '20ms',
  '1e9',
  '"a";r=0;t=3',
  'limit=1, remaining=0, reset=2',
  ';',
  ',',
  '"',
  '\\',
  '=',
  'r',
  't',
  '0',
];
const PATHS = [
  '..',
  '.',
  '/',
  '%2e',
  '%2f',
  '%25',
  '%',
  '%c0%ae',
  '\\',
  ';x',
  'a',
  '\u2025',
  '．',
  '\u0000',
  ' ',
];
const HEADER_NAMES = [
  'retry-after',
  'retry-after-ms',
  'x-ratelimit-reset',
  'x-ratelimit-remaining',
  'x-ratelimit-reset-tokens',
  'ratelimit',
  'ratelimit-policy',
  'ratelimit-reset',
  'date',
];

const OPTIONS = httpOriginOptions.parse({ kind: 'http', url: 'http://127.0.0.1:1' });
const REQUEST = compileRequest(
  OPTIONS,
  httpRequestOptions.parse({
    path: '/v/{id}/{id}.json',
    query: { q: '{id}' },
    batch: {
      path: '/v',
      query: { ids: '{id...}' },
      id: 'id',
      items: 'items',
      value: 'value',
      version: 'value',
      etag: 'id',
    },
  }),
);
const RULES = {
  ...sourceOf({}).guard,
  error: 'errors',
  require: ['a.b'],
  contentTypes: ['text/plain'],
  minItems: 1,
};

function headersFrom(inputs: Inputs): AnswerHeaders {
  const lines = HEADER_NAMES.map((name) => [name, [inputs.text(), inputs.text()]]);
  return new AnswerHeaders({ ...Object.fromEntries(lines), [inputs.text()]: inputs.text() });
}

export const PARSERS: Readonly<Record<string, Parser>> = {
  'exact JSON': {
    dictionary: JSON_PIECES,
    throws: [SyntaxError, RangeError],
    read: (inputs) => withoutText(parseExactly(inputs.text())),
  },
  'dates of HTTP': { dictionary: DATES, throws: [], read: (inputs) => parseHttpDate(inputs.text(), NOW) },
  'hints of throttles': {
    dictionary: HINTS,
    throws: [],
    read: (inputs) => {
      const headers = headersFrom(inputs);
      const { retryAt } = hintsOf(headers, NOW);
      if (retryAt !== undefined) new Date(retryAt).toISOString();
      return throttleOf({ status: 403, headers, said: saidIn(inputs.bytes()), throttledBy: [], now: NOW });
    },
  },
  'metadata of answers': {
    dictionary: [...HINTS, 'W/"a"', 'text/html; charset=', '"\r\n', '\u00e9'],
    throws: [],
    read: (inputs) => {
      const [etag, date, type] = [safeEtag(inputs.text()), safeDate(inputs.text()), safeType(inputs.text())];
      const said = [etag, date, type].join('');
      if (/[^\x20-\x7e]/.test(said.replaceAll('\t', '')))
        throw new Error(`no header can carry ${JSON.stringify(said)}`);
    },
  },
  "servers' words": {
    dictionary: [
      ...JSON_PIECES,
      '<html><title>',
      '</title>',
      'redis://:a@b',
      'Bearer abcdefabcdefabcd',
      '\u001b[31m',
    ],
    throws: [],
    read: (inputs) => {
      const words = shown(saidIn(inputs.bytes()).text, ['s3cret']);
      if (/[\p{Cc}\p{Cf}\n]/u.test(words)) throw new Error(`not on one clean line: ${JSON.stringify(words)}`);
    },
  },
  guards: {
    dictionary: [...JSON_PIECES, '<!doctype html', '<?xml', '<!--', '-->'],
    throws: [],
    read: (inputs) => [
      judge(RULES, 'json', inputs.bytes(), { contentType: 'text/plain' }),
      judge(RULES, 'raw', inputs.bytes(), { contentType: inputs.text() }),
      judge(RULES, 'raw', inputs.bytes(), { contentType: 'text/plain' }),
      judge({ ...RULES, contentTypes: [] }, 'float32', inputs.bytes()),
      judge({ ...RULES, contentTypes: [] }, 'msgpack', inputs.bytes()),
    ],
  },
  batches: {
    dictionary: JSON_PIECES,
    throws: [OriginError],
    read: (inputs) =>
      splitBatch(batchOf(REQUEST.batch), sourceOf({}, { format: 'json', guard: RULES }), inputs.bytes(), [
        requestOf('1'),
        requestOf('__proto__'),
      ]),
  },
  embeddings: {
    dictionary: JSON_PIECES,
    throws: [OriginError, SyntaxError],
    read: (inputs) =>
      vectorsOf(parseExactly(inputs.text()), 1, 'POST /x').map((one) => fetchedFrom('json', 2, one)),
  },
  'params in paths': {
    dictionary: PATHS,
    throws: [OriginError],
    read: (inputs) => {
      const id = inputs.text();
      stepsOut(id);
      if (REQUEST.single !== undefined) return singleCall(REQUEST.single, { id }, { etag: inputs.text() });
    },
  },
  proxies: {
    dictionary: [
      'http://',
      'https://',
      'p:1',
      '@',
      '*',
      '.',
      ',',
      ':',
      '[::1]',
      'example.com',
      ' ',
      'socks5://',
    ],
    throws: [],
    read: (inputs) =>
      proxyOfEnv('http://api.example.com/', { http_proxy: inputs.text(), NO_PROXY: inputs.text() }),
  },
  'content codings': {
    dictionary: [...['gzip', 'br', 'zstd', 'deflate', ',', ' '], gzipSync('value').toString('latin1')],
    throws: [OriginError],
    read: (inputs) => decoded(inputs.bytes(), inputs.text(), 1_000, 'GET /x'),
  },
};

function batchOf(batch: HttpBatch | undefined): HttpBatch {
  if (batch === undefined) throw new Error('no batch');
  return batch;
}
