/** Everything that changes, as one stream of server-sent events. */
import { z } from 'zod';
import { away, resumed, resync } from '../../verbs/changes/change-shapes.ts';
import { abortOnClose } from '../abort-on-close.ts';
import { eventsSchema, refuseTooMany, sendEvents, sendEventsHead, withFirst } from '../event-stream.ts';
import { pathOf } from '../problem.ts';
import type { RouteContext, Server } from '../server.ts';

const EVENTS = {
  change: { $ref: '#/components/schemas/Change' },
  resync: z.toJSONSchema(resync),
  resumed: z.toJSONSchema(resumed),
  away: z.toJSONSchema(away),
};
const resume = z.looseObject({
  'last-event-id': z
    .string()
    .max(200)
    .default('')
    .describe('The id of the last event that was seen; the stream goes on there where it can.'),
});

export function changeRoutes(app: Server, context: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/changes',
    config: { scope: 'read' },
    schema: {
      operationId: 'watchChanges',
      summary: 'Follow everything that changes as server-sent events',
      description:
        'An event `change` for each thing that is otherwise than a second before: its kind, its name, and how it is now in small. `resync` ' +
        'says to read what is shown, at the beginning and when changes were missed; `resumed` in place of it where nothing was missed ' +
        'since `Last-Event-ID`; `away` that the jobs Redis does not answer. A comment every 15 seconds keeps the connection open.',
      tags: ['operations'],
      headers: resume,
      response: { 200: eventsSchema(EVENTS) },
    },
    handler: async ({ method, headers, raw }, reply) => {
      if (method === 'HEAD') return sendEventsHead(reply);
      refuseTooMany(reply, context);
      const signal = abortOnClose(reply, context);
      const changes = context.verbs.changes(signal, headers['last-event-id'])[Symbol.asyncIterator]();
      // The first step is taken before the answer begins, so that an absent Redis is a problem and not a stream.
      const events = withFirst(await changes.next(), changes);
      return sendEvents(reply, { events, clock: context.clock, signal, instance: pathOf(raw.url) });
    },
  });
}
