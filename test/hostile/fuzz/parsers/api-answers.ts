/** Everything by which the typed client, and what sends telemetry, read what a server has written in any way. */
import { ApiError, errorOf } from '../../../../src/api-client/api-error.ts';
import { OPERATIONS } from '../../../../src/api-client/generated/api.ts';
import { checkAddress } from '../../../../src/api-client/request-checks.ts';
import { eventsOf, linesOf } from '../../../../src/api-client/streams.ts';
import { type Call, jsonOf, Transport } from '../../../../src/api-client/transport.ts';
import { systemClock } from '../../../../src/core/clock.ts';
import { lostExport } from '../../../../src/telemetry/otel/lost-export.ts';
import type { Parser } from '../parser.ts';

const PROBLEM = '{"code":"E_NOT_READY","detail":"this process is stopping","status":503}';
const EVENTS = [
  ': watching\n\nevent: run\nid: 3\ndata: {"id":"one","revision":3}\n\n',
  'event: end\r\ndata: {"reason":null}\r\n\r\n',
  `event: problem\ndata: ${PROBLEM}\n\n`,
  'data: {\n\n',
  'id\nevent\n:\n\n',
];
/** Characters that a read of a socket brings at the most; between two of them others have their turn. */
const READ = 65_536;
/** Nothing is waited for. */
const clock = {
  ...systemClock,
  after: (ms: number, fire: () => void) => systemClock.after(ms > 10_000 ? ms : 0, fire),
};

/** A client of a server that says this, and then that all was said. */
function callOf(name: 'watchRun' | 'exportEntries', said: string): readonly [Transport, Call] {
  const answers = [() => new Response(said)];
  const send = async () => answers.shift()?.() ?? new Response(null, { status: 204 });
  const row = OPERATIONS[name];
  const call = { row, request: { id: 'one' }, options: {}, signal: undefined, timeout: 60_000 };
  return [new Transport({ url: '', token: undefined, fetch: send, clock }), call];
}

async function drained(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

export const API_ANSWER_PARSERS: readonly Parser[] = [
  {
    name: 'the address of the client of the API',
    examples: ['http://127.0.0.1:7077', 'https://user:secret@host/path', '/prefix', 'http://[::1]:1', '//a'],
    read: checkAddress,
    refuses: [ApiError],
  },
  {
    name: 'events to the client of the API',
    examples: EVENTS,
    read: (input) => drained(eventsOf(...callOf('watchRun', input))),
    refuses: [ApiError],
    longest: READ,
  },
  {
    name: 'lines to the client of the API',
    examples: ['{"key":"a"}\n{"key":"b"}\n', '\n\n', 'x'],
    read: (input) => drained(linesOf(...callOf('exportEntries', input))),
    refuses: [ApiError],
    longest: READ,
  },
  {
    name: 'answers to the client of the API',
    examples: ['{"runs":[],"cursor":null}', '[9007199254740993]', '"'],
    read: (input) => jsonOf(callOf('watchRun', '')[1], input),
    refuses: [ApiError],
  },
  {
    name: 'what a receiver of telemetry says of a message that it refuses',
    examples: ['{"message":"no such tenant"}', '{"error":"quota"}', '<html>502</html>', '\u0000\u0012'],
    read: (input) => {
      const error = Object.assign(new Error('Bad Gateway'), {
        name: 'OTLPExporterError',
        code: 502,
        data: input,
      });
      lostExport({ signal: 'traces', items: 1, address: 'http://a', error, status: 502 }, ['secret']);
    },
    refuses: [],
  },
  {
    name: 'problems to the client of the API',
    examples: [PROBLEM, '<html>502</html>', '{"code":1}'],
    worst: [JSON.stringify({ code: 'E_X', detail: 'x'.repeat(1_000_000) })],
    read: async (input) => {
      throw await errorOf(
        'GET /v1/runs',
        new Response(input, { status: 503, headers: { 'retry-after': '5' } }),
      );
    },
    refuses: [ApiError],
  },
];
