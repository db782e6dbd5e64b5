/** Parsers of what clients send: paths, headers, bodies, lines, cursors, messages of the inbox. */
import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { judge } from '../../../../src/api/conditions.ts';
import { pageQuery } from '../../../../src/api/conventions.ts';
import { keyInPath } from '../../../../src/api/key-in-path.ts';
import { wantsDocument } from '../../../../src/api/negotiation.ts';
import { pathOf } from '../../../../src/api/problem.ts';
import { readStoredAnswer } from '../../../../src/api/redis-idempotency.ts';
import { requestOf } from '../../../../src/api/redis-inbox.ts';
import { beginningOf } from '../../../../src/api/routes/preview-routes.ts';
import { checkHost, originForm } from '../../../../src/api/target.ts';
import { readRunCursor } from '../../../../src/catalog/runs/runs.ts';
import { Method } from '../../../../src/core/arguments.ts';
import { systemClock } from '../../../../src/core/clock.ts';
import { parseHttpDate } from '../../../../src/core/http-date.ts';
import { KeyTemplate } from '../../../../src/core/key.ts';
import { textOfBytes } from '../../../../src/core/text.ts';
import { Breath } from '../../../../src/flow/breath.ts';
import { parseInSlices } from '../../../../src/flow/json-in-slices.ts';
import { readPlace, readSkip } from '../../../../src/verbs/entry-list.ts';
import { entryOfLine, LineError, lineOf } from '../../../../src/verbs/maintenance/export-line.ts';
import { linesOf } from '../../../../src/verbs/maintenance/ndjson.ts';
import { keysOfRows } from '../../../../src/verbs/runs/named-keys.ts';
import { runMethods } from '../../../../src/verbs/runs/runs.ts';
import { ROW_FORMATS, readWarmInput, readWarmLines } from '../../../../src/verbs/runs/warm-input.ts';
import { sourceOf } from '../../../contract/origin.steps.ts';
import { entryOf } from '../../../support/entries.ts';
import { bytesOf, joined, type Parser, partsOf } from '../parser.ts';

const NOW = Date.UTC(2026, 0, 1);
/** Node refuses a request whose line and headers are longer. */
const LONGEST_HEAD = 16_384;
const DATES = ['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'];
const WARM = new Method('warm', runMethods.warm);
const PAGE = new Method('a page', [['query', pageQuery({ most: 10, usual: 5 })]]);
const SOURCE = sourceOf({}, { key: KeyTemplate.parse('value:{id}') });
const SOURCES = new Map([[SOURCE.name, SOURCE]]);

async function* pieces(input: string): AsyncGenerator<Uint8Array> {
  const bytes = bytesOf(input);
  const middle = Math.floor(bytes.length / 2);
  yield bytes.subarray(0, middle);
  yield bytes.subarray(middle);
}

async function drained(rows: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of rows);
}

function requestWith(url: string, host: string): IncomingMessage {
  return {
    url,
    headers: { host },
    rawHeaders: ['Host', host, host, 'host'],
    httpVersion: '1.1',
  } as unknown as IncomingMessage;
}

function target(input: string): void {
  const part = partsOf(input);
  const request = requestWith(part(0), part(1));
  request.url = originForm(request);
  pathOf(request.url);
  checkHost(request);
  keyInPath({ raw: request } as FastifyRequest);
}

async function handedOver(input: string): Promise<void> {
  const [name = '', format = '', ...rest] = input.split('\u001f');
  const known = ROW_FORMATS.find((one) => one === format);
  const options = { name, source: known === 'lines' ? undefined : SOURCE, format: known };
  const { which } = await readWarmInput(pieces(rest.join('\u001f')), options, systemClock);
  if (which.rows !== undefined) await keysOfRows(SOURCES, SOURCE.name, which.rows);
}

export const REQUEST_PARSERS: readonly Parser[] = [
  {
    name: 'JSON in slices',
    examples: ['{"a":[1,2,{"b":null}],"c":"x"}', '[[[]]]'],
    read: (text) =>
      parseInSlices(text, { breath: new Breath({ clock: systemClock }), plain: true, mostMembers: 1_000 }),
    refuses: [SyntaxError, RangeError],
  },
  {
    name: 'texts of files',
    examples: ['id,name\n1,a\n', '\ufeffid\n'],
    read: (text) => textOfBytes(bytesOf(text)),
    refuses: [Error],
  },
  {
    name: 'lines of an export',
    examples: [
      await lineOf(entryOf('profile:denver', '{"population":715522}'), new Breath({ clock: systemClock })),
      await lineOf(entryOf('a:1', '\xff\xfe', { params: { a: '1' } }), new Breath({ clock: systemClock })),
    ],
    read: (text) => entryOfLine(text, systemClock),
    refuses: [LineError],
  },
  {
    name: 'lines of a stream',
    examples: ['{"a":1}\n{"b":2}\r\n', '\n\nx'],
    read: (text) => drained(linesOf(pieces(text))),
  },
  {
    name: 'lines to warm',
    examples: ['{"id":1}\n{"id":"2"}\n', '"value:1"\n'],
    read: (text) => readWarmLines(pieces(text), 'value', systemClock),
  },
  {
    name: 'rows to warm',
    examples: [
      joined('x.csv', 'csv', 'id,name\n1,"a"\n'),
      joined('x.json', 'json', '[{"id":1}]'),
      joined('-', '', '{"id":"a"}\n{"id":2}'),
      joined('-', 'lines', 'value:1\nvalue:2\n'),
    ],
    read: handedOver,
    longest: 20_000,
  },
  {
    name: 'requests to warm',
    examples: [
      '{"selector":"source=a","force":true}',
      '{"source":"value","rows":[{"id":1}],"keep":5}',
      '{"keys":["value:1"]}',
    ],
    worst: ['{"keys":{"length":{"toString":1,"constructor":{}}}}'],
    read: (text) => WARM.read(JSON.parse(text)),
    // The body of a request is JSON before a verb sees it.
    refuses: [SyntaxError],
  },
  {
    name: 'queries of pages',
    examples: ['{"limit":"5","cursor":"a"}'],
    worst: ['{"limit":"5","cursor":{"length":{"toString":1,"constructor":{}}}}'],
    read: (text) => PAGE.read(JSON.parse(text)),
    refuses: [SyntaxError],
  },
  {
    name: 'dates of requests',
    examples: DATES,
    read: (text) => parseHttpDate(text, NOW),
    longest: LONGEST_HEAD,
  },
  {
    name: 'conditions',
    examples: [joined('"a", W/"b"', DATES[0] ?? ''), joined('*', 'x'), joined('W/"', '')],
    read: (text) => {
      const part = partsOf(text);
      const selected = { etag: '"a"', lastModified: NOW };
      judge({ 'if-match': part(0), 'if-modified-since': part(1) }, selected, NOW);
      judge({ 'if-none-match': part(0) }, selected, NOW);
      judge({ 'if-unmodified-since': part(1) }, selected, NOW);
    },
    longest: LONGEST_HEAD,
  },
  {
    name: 'accepted types',
    examples: ['application/vnd.forewarm.entry+json;q=0.5, */*;q=0.1', 'text/*'],
    read: (text) => wantsDocument(text, 'text/html; charset=utf-8'),
    longest: LONGEST_HEAD,
  },
  {
    name: 'targets of requests',
    examples: [
      joined('/v1/entries/a%3A1?x=1', 'h:80'),
      joined('http://h/v1/entries/a', 'x'),
      joined('/v1/values/%zz', ''),
    ],
    read: target,
    longest: LONGEST_HEAD,
  },
  {
    name: 'beginnings of values',
    examples: ['a€😀', '\u00ff'],
    read: (text) => beginningOf(Buffer.from(text), 3),
  },
  { name: 'cursors of runs', examples: ['1700000000000:r-1'], read: readRunCursor },
  {
    name: 'cursors of lists',
    examples: ['value|15|value%3A1', '(selected)|50'],
    read: (text) => (text.startsWith('(') ? readSkip(text) : readPlace(text, ['value'])),
  },
  {
    name: 'messages of the inbox',
    examples: [
      joined('tag', 'a', 'mode', 'drop'),
      joined('selector', 'source=a', 'rewarm', 'yes'),
      joined('all', 'yes'),
    ],
    worst: ['\u001f'.repeat(20_000)],
    read: (text) => requestOf(text.split('\u001f')),
    longest: 20_000,
  },
  {
    name: 'remembered answers',
    examples: ['{"fingerprint":"x","answer":{"status":200,"headers":{},"body":""}}'],
    read: readStoredAnswer,
  },
];
