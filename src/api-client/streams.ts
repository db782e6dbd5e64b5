/** Answers that go on: lines of JSON, and events that are followed over lost connections. */
import { sleep } from '../core/clock.ts';
import { ApiError, isProblem, problemError } from './api-error.ts';
import type { ApiEvent } from './call-shapes.ts';
import { type Call, jsonOf, nameOf, type Transport, unanswered } from './transport.ts';

/** Characters of one line. An exported value of 64 MB in base64 is shorter. */
const LONGEST_LINE = 2 ** 28;
/** A connection that is silent for longer is lost, in ms: an event stream has a comment every 15 s. */
const SILENCE_MS = 45_000;
/** Connections that are lost in a row without an event, before the stream is given up. */
const MOST_LOST = 5;
/** Before the next connection, in ms, times those that were lost. */
const PAUSE_MS = 1_000;

export async function* linesOf(transport: Transport, call: Call): AsyncGenerator<string> {
  const answer = await opened(transport, call);
  for await (const lines of linesIn(transport, call, answer)) yield* lines.filter((line) => line !== '');
}

/** Ends after an event `end`. Lost connections are made again where they were; a `problem` on the way is thrown. */
export async function* eventsOf(transport: Transport, call: Call): AsyncGenerator<ApiEvent<string, unknown>> {
  let seen: string | undefined;
  let answer: Response | undefined = await opened(transport, call);
  for (let lost = 0; ; ) {
    try {
      answer ??= await opened(transport, call, seen);
      if (answer.status === 204) return;
      for await (const event of eventsIn(call, linesIn(transport, call, answer))) {
        lost = 0;
        if (event.event === 'problem') throw brokenOff(call, event.data);
        seen = event.id ?? seen;
        yield event;
        if (event.event === 'end') return;
      }
      if (lost >= MOST_LOST)
        throw unanswered(`${nameOf(call)}: the stream ends again and again without an event`);
    } catch (error) {
      if (lost >= MOST_LOST || !isLost(error)) throw error;
    }
    answer = undefined;
    lost += 1;
    await sleep(transport.clock, PAUSE_MS * lost, call.signal);
  }
}

function opened(transport: Transport, call: Call, lastEventId?: string): Promise<Response> {
  return transport.bounded(call, call.timeout, (signal) => transport.send(call, signal, lastEventId));
}

/** A process that stops refuses new streams; another one answers, or the same a moment later. What answers otherwise would do so again. */
function isLost(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  const { code, status = 503 } = error;
  return code === 'E_NOT_READY' || (code === 'E_API_UNANSWERED' && status >= 500);
}

function brokenOff(call: Call, data: unknown): ApiError {
  if (isProblem(data)) return problemError(nameOf(call), data);
  return unanswered(`${nameOf(call)}: the stream broke off without a reason`);
}

/** The lines that each read ends, together: a turn for each would cost more than the line. Leaving early closes the connection. */
async function* linesIn(transport: Transport, call: Call, answer: Response): AsyncGenerator<string[]> {
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) return;
  const silence = Math.max(call.timeout, SILENCE_MS);
  // Joined once for each line: adding to a text at each read would take quadratic time.
  let parts: string[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value = '' } = await transport.bounded(call, silence, () => reader.read());
      const [first = '', ...rest] = value.split('\n');
      parts.push(first);
      length += first.length;
      const last = rest.pop();
      if (last !== undefined) {
        yield [parts.join(''), ...rest];
        parts = [last];
        length = last.length;
      }
      if (length > LONGEST_LINE) throw new ApiError('E_TOO_LARGE', `${nameOf(call)}: a line without an end`);
      if (done) break;
    }
    yield [parts.join('')];
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Server-sent events (WHATWG HTML, 9.2.6), of which this API writes the data on one line. */
async function* eventsIn(
  call: Call,
  reads: AsyncIterable<readonly string[]>,
): AsyncGenerator<ApiEvent<string, unknown>> {
  const fields = new Map<string, string>();
  for await (const lines of reads) {
    for (const whole of lines) {
      const line = whole.endsWith('\r') ? whole.slice(0, -1) : whole;
      const colon = line.indexOf(':');
      if (colon > 0) setField(fields, line.slice(0, colon), line.slice(colon + 1).trim());
      if (line !== '') continue;
      const event = fields.get('event');
      const data = fields.get('data');
      if (event !== undefined && data !== undefined) {
        yield { event, id: fields.get('id'), data: jsonOf(call, data) };
      }
      fields.clear();
    }
  }
}

/** Others mean nothing here, however many there are. */
function setField(fields: Map<string, string>, name: string, value: string): void {
  if (name === 'event' || name === 'data' || name === 'id') fields.set(name, value);
}
