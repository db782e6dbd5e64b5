/** Server-sent events (WHATWG HTML, section 9.2), whatever they tell: their text, a comment while nothing comes, and how many there may be. */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { counted } from '../core/counted.ts';
import { ForewarmError } from '../core/errors.ts';
import { orAfter } from '../flow/deadline.ts';
import { problemOf } from './problem.ts';
import type { RouteContext } from './server.ts';

const EVENT_STREAM = 'text/event-stream';
/** Often enough that proxies, which cut off silent connections after 30 s and more, see a living one. */
export const HEARTBEAT_MS = 15_000;

export interface StreamEvent {
  readonly event: string;
  readonly id?: string | number;
  readonly data: unknown;
}

export interface EventTextDeps {
  readonly events: AsyncIterator<StreamEvent>;
  readonly clock: Clock;
  /** Aborted: nobody listens any more, or this process stops; the stream just ends. */
  readonly signal: AbortSignal;
  /** The path of the request, for a problem on the way. */
  readonly instance: string;
}

/** The text of the stream. What breaks ends it with an event `problem`; the client may come back. */
async function* eventText({ events, clock, signal, instance }: EventTextDeps): AsyncGenerator<string> {
  try {
    yield ': watching\n\n'; // so that the answer begins, although the client may have seen everything so far
    for (;;) {
      const next = events.next();
      let step = await orHeartbeat(next, clock);
      while (step === 'heartbeat') {
        yield ': heartbeat\n\n';
        step = await orHeartbeat(next, clock);
      }
      if (step.done === true) return;
      yield textOf(step.value);
    }
  } catch (error) {
    if (!signal.aborted) yield textOf({ event: 'problem', data: problemOf(error, instance) });
  } finally {
    await events.return?.();
  }
}

function orHeartbeat<T>(next: Promise<T>, clock: Clock): Promise<T | 'heartbeat'> {
  return orAfter(clock, HEARTBEAT_MS, next, () => 'heartbeat');
}

/** JSON has no line breaks of its own, so the data is one line. */
function textOf({ event, id, data }: StreamEvent): string {
  return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
}

export function sendEvents(reply: FastifyReply, deps: EventTextDeps): FastifyReply {
  return reply
    .headers({ 'content-type': EVENT_STREAM, 'x-accel-buffering': 'no' })
    .send(Readable.from(eventText(deps)));
}

/** What is followed, with its first step, which was taken before the answer began. */
export async function* withFirst<T>(
  first: IteratorResult<T>,
  rest: AsyncIterator<T>,
): AsyncGenerator<T, undefined> {
  try {
    for (let step = first; step.done !== true; step = await rest.next()) yield step.value;
  } finally {
    await rest.return?.();
  }
}

/** Nothing is followed for a client that wants no events. */
export function sendEventsHead(reply: FastifyReply): void {
  reply.header('content-type', EVENT_STREAM).send();
}

/** How OpenAPI 3.1, which has no words for it, tells what the data of each event is. */
export function eventsSchema(events: Readonly<Record<string, unknown>>) {
  const problem = { $ref: '#/components/schemas/Problem' };
  return {
    description: 'The events.',
    content: {
      [EVENT_STREAM]: {
        schema: z.unknown().meta({ type: 'string', 'x-events': { ...events, problem } }),
      },
    },
  };
}

/** Throws `E_NOT_READY` where this process sends as many streams as it may. */
export function refuseTooMany(reply: FastifyReply, { streams, mostStreams }: RouteContext): void {
  if (streams.size < mostStreams) return;
  reply.header('retry-after', '5');
  throw new ForewarmError(
    'E_NOT_READY',
    `this process sends ${counted(streams.size, 'stream')} already, as many as \`api.streams\` allows; ` +
      'ask for the things themselves now and then, or another process',
  );
}
