/**
 * bull-board, in a server of its own that listens nowhere: the control API hands it requests of callers that it has let in. It is loaded
 * with the first of these.
 *
 * Workers take jobs by a script of ours (`src/queue/bullmq-taker.ts`), which knows neither pauses nor limits of BullMQ: what would change
 * these is refused, rather than shown as done.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createBullBoard } from '@bull-board/api';
import { FastifyAdapter } from '@bull-board/fastify';
import { type FastifyInstance, fastify } from 'fastify';
import { pathOf } from '../problem.ts';
import { boardPage } from './board-page.ts';
import { BOARD_PATH, type BoardSource } from './board-source.ts';

export interface BoardServerDeps {
  readonly source: BoardSource;
  readonly isReadOnly: boolean;
  /** Names the installation; empty: nothing does. */
  readonly label: string;
  readonly bodyLimit: number;
}

export interface BoardServer {
  /** Looks which lanes there are. Rejects with `E_REDIS_UNAVAILABLE`. */
  refresh(): Promise<void>;
  serve(request: IncomingMessage, response: ServerResponse): void;
  close(): Promise<void>;
}

type BoardOptions = NonNullable<Parameters<typeof createBullBoard>[0]['options']>;

const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox";
/** One that runs beside the page loads the rest of itself. */
const SCRIPT_POLICY = "default-src 'none'; script-src 'self'; frame-ancestors 'none'";

/** What no worker of ours heeds. To obliterate a queue, BullMQ wants it paused. */
const UNHEEDED: ReadonlySet<string> = new Set([
  ...['/api/queues/pause', '/api/queues/resume'],
  ...['pause', 'resume', 'obliterate', 'concurrency', 'rate-limit', 'rate-limit/release'].map(
    (what) => `/api/queues/:queueName/${what}`,
  ),
]);

export async function openBoard({
  source,
  isReadOnly,
  label,
  bodyLimit,
}: BoardServerDeps): Promise<BoardServer> {
  const app = fastify({ bodyLimit });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'content-security-policy': pathOf(request.raw.url).endsWith('.js') ? SCRIPT_POLICY : DATA_POLICY,
    });
  });
  refuseMarks(app, source);
  app.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload !== 'string') return payload;
    if (!String(reply.getHeader('content-type')).startsWith('text/html'))
      return withoutSecrets(payload, source);
    const path = pathOf(request.raw.url);
    const { html, policy } = boardPage(payload, path, isReadOnly);
    reply.headers({ 'content-security-policy': policy, 'content-length': Buffer.byteLength(html) });
    return html;
  });
  const serverAdapter = new FastifyAdapter();
  const board = createBullBoard({ queues: [], serverAdapter, options: optionsOf(label) });
  serverAdapter.setBasePath(BOARD_PATH);
  await app.register(serverAdapter.registerPlugin(), { prefix: BOARD_PATH });
  await app.ready();
  return {
    refresh: async () => board.replaceQueues([...(await source.queues(isReadOnly))]),
    serve: (request, response) => app.routing(request, response),
    close: () => app.close(),
  };
}

/** What was shown in place of a secret is not to be saved in its place. */
function refuseMarks(app: FastifyInstance, { mark }: BoardSource): void {
  app.addHook('preHandler', async ({ body }, reply) => {
    if (!JSON.stringify(body ?? null).includes(mark)) return;
    return reply.code(409).send({
      error: { key: 'ERRORS.FORBIDDEN' },
      message: `Nothing was changed: what was sent has "${mark}", which stands here in place of a secret and would be saved as it is. Write the secret out, or leave the job as it is.`,
    });
  });
}

function optionsOf(label: string): BoardOptions {
  return {
    uiConfig: {
      boardTitle: label === '' ? 'Forewarm' : `Forewarm · ${label}`,
      hideDocsLink: true,
      // It would ask for all clients of the server at each look, and the console names the workers.
      showWorkers: false,
      miscLinks: [{ text: 'Forewarm', url: '../work' }],
    },
    handlerHooks: {
      before: ({ route, method }) =>
        method !== 'get' && UNHEEDED.has(route)
          ? {
              allow: false,
              status: 409,
              message:
                'Workers of Forewarm heed neither pauses nor limits of BullMQ: pause a schedule or lower the limits of an origin.',
            }
          : undefined,
    },
  };
}

/** Of JSON, text by text and name by name, as secrets stand in it unescaped; anything else is no answer of bull-board's. */
function withoutSecrets(payload: string, { hide }: BoardSource): string {
  const hidden = (_: string, value: unknown): unknown => {
    if (typeof value === 'string') return hide(value);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, of]) => [hide(name), of]));
  };
  try {
    return JSON.stringify(JSON.parse(payload, hidden));
  } catch {
    return hide(payload);
  }
}
