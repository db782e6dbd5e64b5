/** Everything in `src/origins` that reads what a server, or a file, may have written in any way. */
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { bodyOf } from '../../../../src/core/body.ts';
import { systemClock } from '../../../../src/core/clock.ts';
import { parseExactly, withoutText } from '../../../../src/core/exact-json.ts';
import { parseHttpDate } from '../../../../src/core/http-date.ts';
import { safeDate, safeEtag, safeType } from '../../../../src/core/validators.ts';
import { Breath } from '../../../../src/flow/breath.ts';
import { unpackInSlices } from '../../../../src/flow/msgpack-in-slices.ts';
import { wantedAt } from '../../../../src/flow/wanted.ts';
import { fetchedFrom, vectorsOf } from '../../../../src/origins/embeddings/vectors.ts';
import { judge } from '../../../../src/origins/guard.ts';
import { splitBatch } from '../../../../src/origins/http/batch.ts';
import { decoded } from '../../../../src/origins/http/content-coding.ts';
import { AnswerHeaders } from '../../../../src/origins/http/headers.ts';
import { nextLink } from '../../../../src/origins/http/link-header.ts';
import { httpOriginOptions, httpRequestOptions } from '../../../../src/origins/http/options.ts';
import { rateLimitStates } from '../../../../src/origins/http/rate-limit-fields.ts';
import { compileRequest, type HttpBatch, singleCall } from '../../../../src/origins/http/request.ts';
import { stepsOut } from '../../../../src/origins/http/steps-out.ts';
import { hintsOf, throttleOf } from '../../../../src/origins/http/throttle.ts';
import { parseJson, READ_AT_ONCE, readJson } from '../../../../src/origins/json-path.ts';
import { answersOf } from '../../../../src/origins/sql/answer.ts';
import { sqlRequestOptions } from '../../../../src/origins/sql/options.ts';
import { paramOfText } from '../../../../src/origins/sql/text.ts';
import { saidIn, shown } from '../../../../src/origins/words.ts';
import { requestOf, sourceOf } from '../../../contract/origin.steps.ts';
import { bytesOf, exampleOf, type Parser, partsOf } from '../parser.ts';

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
const LARGE_PACKED = bodyOf('msgpack', Buffer.alloc(READ_AT_ONCE));
const PACKED = [
  bodyOf('msgpack', { a: [1, -1, 2.5, 2n ** 63n, null, true], b: 'x'.repeat(40), c: Buffer.from('bytes') }),
  bodyOf('msgpack', [[[]], {}, new Date(0), 'größe', 70_000, -70_000]),
  // A record with two names, and another one with the same.
  Buffer.from([0x92, 0xd4, 0x72, 0x41, 0x92, 0xa1, 0x61, 0xa1, 0x62, 1, 2, 0x41, 3, 4]),
  Buffer.from([0xdd, 0, 0, 0, 1, 0xdf, 0, 0, 0, 1, 0xd9, 1, 0x61, 0xdb, 0, 0, 0, 1, 0x62]),
  Buffer.from([0x92, 0xd6, 0x69, 0, 0, 0, 1, 0x90, 0xd6, 0x70, 0, 0, 0, 1]),
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

/** Lines `name: value`. */
function headersFrom(input: string): AnswerHeaders {
  const headers: Record<string, string[]> = Object.create(null);
  for (const line of input.split('\n')) {
    const at = line.indexOf(':');
    const name = line.slice(0, Math.max(0, at)).toLowerCase();
    if (at > 0 && name !== '__proto__') headers[name] = [...(headers[name] ?? []), line.slice(at + 1).trim()];
  }
  return new AnswerHeaders(headers);
}

/** Each hint in each header that may hold one. */
const HEADERS = HINTS.flatMap((hint, i) => {
  const name = HEADER_NAMES[i % HEADER_NAMES.length];
  return [`${name}: ${hint}`, `date: ${DATES[i % DATES.length]}\nretry-after: ${hint}\n${name}: ${hint}`];
});
/** Node refuses an answer with more. */
const LONGEST_HEADERS = 16_384;

function throttle(input: string): unknown {
  const headers = headersFrom(input);
  const { retryAt } = hintsOf(headers, NOW);
  // A time that no date can hold would be a pause that nobody can read.
  if (retryAt !== undefined) new Date(retryAt).toISOString();
  return throttleOf({ status: 403, headers, said: saidIn(bytesOf(input)), throttledBy: [], now: NOW });
}

function metadata(input: string): void {
  const said = [safeEtag(input), safeDate(input), safeType(input)].join('');
  if (/[^\x20-\x7e]/.test(said.replaceAll('\t', '')))
    throw new TypeError(`no header can carry ${JSON.stringify(said)}`);
}

function words(input: string): void {
  const said = shown(saidIn(bytesOf(input)).text, ['s3cret']);
  if (/[\p{Cc}\p{Cf}\n]/u.test(said)) throw new TypeError(`not on one clean line: ${JSON.stringify(said)}`);
}

async function guards(input: string): Promise<void> {
  const body = bytesOf(input);
  const breath = new Breath({ clock: systemClock });
  await judge(RULES, 'json', body, breath, { contentType: 'text/plain' });
  await judge(RULES, 'raw', body, breath, { contentType: input.slice(0, 200) });
  await judge(RULES, 'raw', body, breath, { contentType: 'text/plain' });
  await judge({ ...RULES, contentTypes: [] }, 'float32', body, breath);
  await judge({ ...RULES, contentTypes: [] }, 'msgpack', body, breath);
}

function rowsOfQuery(input: string): unknown {
  const part = partsOf(input);
  const fields = [
    { name: 'id', dataTypeID: 23 },
    { name: 'value', dataTypeID: Number(part(1)) || 114 },
  ];
  const request = sqlRequestOptions.parse({ query: 'select $1', params: ['{id}'], value: 'value' });
  return answersOf(sourceOf({}), request, { fields, rows: [['a', part(0)]] }, [requestOf('a')], systemClock);
}

function pathOf(input: string): unknown {
  const part = partsOf(input);
  stepsOut(part(0));
  return REQUEST.single && singleCall(REQUEST.single, { id: part(0) }, { etag: part(1) });
}

export const ANSWER_PARSERS: readonly Parser[] = [
  {
    name: 'exact JSON',
    examples: JSON_PIECES,
    read: (text) => withoutText(parseExactly(text)),
    refuses: [SyntaxError, RangeError],
  },
  {
    name: 'JSON of answers',
    examples: JSON_PIECES,
    read: (text) => parseJson(bytesOf(text)),
    refuses: [SyntaxError, RangeError],
  },
  {
    name: 'JSON of answers in slices',
    examples: JSON_PIECES,
    // Behind white space, since short bodies are read at once; a part that is wanted, and all of it without its long numbers.
    read: async (text) => {
      const body = bytesOf(`${' '.repeat(READ_AT_ONCE)}${text}`);
      const breath = new Breath({ clock: systemClock });
      await readJson(body, breath, { wanted: wantedAt([{ path: ['a', '0'], whole: false }]) });
      return readJson(body, breath, { exact: false });
    },
    refuses: [SyntaxError, RangeError],
  },
  {
    name: 'MessagePack of answers in slices',
    examples: PACKED.map(exampleOf),
    // Behind bytes that make it large, since short bodies are read at once; a part that is wanted, and all of it.
    read: async (text) => {
      const body = Buffer.concat([Buffer.from([0x92]), LARGE_PACKED, bytesOf(text)]);
      const breath = new Breath({ clock: systemClock });
      await unpackInSlices(body, { breath, wanted: wantedAt([{ path: ['1', 'a', '0'], whole: false }]) });
      return unpackInSlices(body, { breath });
    },
    refuses: [SyntaxError, RangeError],
  },
  {
    name: 'dates of answers',
    examples: DATES,
    read: (text) => parseHttpDate(text, NOW),
    longest: LONGEST_HEADERS,
  },
  {
    name: 'columns as params',
    examples: ['t', '\\x00ff', '2026-11-28 01:02:03+00'],
    // Of each kind: boolean, bytes, JSON, a text, a time.
    read: (text) => [16, 17, 114, 25, 1184].map((type) => paramOfText(type, text)),
  },
  {
    name: 'arrays as params',
    examples: ['{1,"two, three",NULL,{4}}', '[0:1]={a,b}', '{0.5,-1e-3}', '{t,f}', '{"a\\\\","\\""}'],
    worst: [`{${'"\\'.repeat(100_000)}`],
    read: (text) => paramOfText(1009, text),
  },
  {
    name: 'arrays of numbers',
    examples: ['{1,NULL,{4}}', '{0.5,NaN}'],
    read: (text) => paramOfText(1007, text),
  },
  {
    name: 'links of answers',
    examples: ['<https://a.test/x?page=2>; rel="next", <p1>; rel=prev; title="a, b"', '<p3>;rel=next'],
    read: nextLink,
    longest: LONGEST_HEADERS,
  },
  { name: 'hints of throttles', examples: HEADERS, read: throttle, longest: LONGEST_HEADERS },
  {
    name: 'fields of rate limits',
    examples: HINTS,
    read: (text) => rateLimitStates(text, text),
    longest: LONGEST_HEADERS,
  },
  {
    name: 'metadata of answers',
    examples: [...DATES, 'W/"a"', '"x"', 'text/html; charset=utf-8', '"\r\n', '\u00e9'],
    read: metadata,
    longest: LONGEST_HEADERS,
  },
  {
    name: "servers' words",
    examples: [
      ...JSON_PIECES,
      '<html><title>x</title>',
      'redis://:a@b',
      'Bearer abcdefabcdefabcd',
      '\u001b[31m',
    ],
    worst: ['\\'.repeat(60_000), 'b%3A%2F%2F\u0000'.repeat(6_000)],
    read: words,
  },
  {
    name: 'guards',
    examples: [...JSON_PIECES, '<!doctype html><title>x', '<?xml version="1"?>', '<!-- a --><html>'],
    read: guards,
  },
  {
    name: 'batches',
    examples: JSON_PIECES,
    read: (text) => {
      const source = sourceOf({}, { format: 'json', guard: RULES });
      const answer = { body: bytesOf(text), headers: new AnswerHeaders({}) };
      const requests = [requestOf('1'), requestOf('__proto__')];
      return splitBatch(batchOf(REQUEST.batch), source, answer, requests, new Breath({ clock: systemClock }));
    },
  },
  {
    name: 'embeddings',
    examples: JSON_PIECES,
    read: (text) => vectorsOf(parseExactly(text), 1, 'POST /x').map((one) => fetchedFrom('json', 2, one)),
    refuses: [SyntaxError, RangeError],
  },
  {
    name: 'rows of a query',
    examples: ['{"a":1}\u001f114', '\\x00ff\u001f17', 't\u001f16', 'NaN\u001f701'],
    read: rowsOfQuery,
  },
  { name: 'params in paths', examples: PATHS, read: pathOf, longest: 64_000 },
  {
    name: 'content codings',
    examples: [
      `gzip\u001f${exampleOf(gzipSync('value'))}`,
      `br, deflate\u001f${exampleOf(deflateSync('value'))}`,
      `zstd\u001f${exampleOf(zstdCompressSync('value'))}`,
    ],
    read: (text) => {
      const at = text.indexOf('\u001f');
      return decoded(bytesOf(text.slice(at + 1)), text.slice(0, Math.max(0, at)), 1_000, 'GET /x', []);
    },
  },
];

function batchOf(batch: HttpBatch | undefined): HttpBatch {
  if (batch === undefined) throw new Error('no batch');
  return batch;
}
