/** Sessions for bull-board, which browsers open without sending a token. */
import { z } from 'zod';
import { ForewarmError } from '../../core/errors.ts';
import { SESSION_PATH } from '../bull-board/board-source.ts';
import { endSession, SESSION_MS } from '../bull-board/sessions.ts';
import type { RouteContext, Server } from '../server.ts';

const tags = ['operations'];
const session = z.object({ lasts: z.int().describe('For how long it is let in, in milliseconds.') });

export function bullBoardRoutes(app: Server, { boardSessions }: RouteContext): void {
  const known = () => {
    if (boardSessions !== undefined) return boardSessions;
    throw new ForewarmError('E_NOT_FOUND', 'bull-board is not served here: set `console.bullBoard`');
  };
  app.route({
    method: 'POST',
    url: SESSION_PATH,
    config: { scope: 'read' },
    schema: {
      operationId: 'beginBullBoardSession',
      summary: 'Let this browser open bull-board',
      description: 'Sets a cookie for `/bull-board/`, which the token signs, and which ends with it.',
      tags,
      response: { 200: session },
    },
    handler: async ({ caller, raw }, reply) => {
      reply.header('set-cookie', known().begin(caller ?? { name: '' }, raw));
      return { lasts: SESSION_MS };
    },
  });
  app.route({
    method: 'DELETE',
    url: SESSION_PATH,
    config: { scope: 'open' },
    schema: {
      operationId: 'endBullBoardSession',
      summary: 'Let this browser open bull-board no more',
      description:
        'It takes no token, as a page that has forgotten its token must be able to: it takes the cookie away, and nothing else.',
      tags,
      response: { 200: session },
    },
    handler: async ({ raw }, reply) => {
      reply.header('set-cookie', endSession(raw));
      return { lasts: 0 };
    },
  });
}
