/**
 * bull-board under the control API: everything below its path is for callers with a session or a token, and what changes something for
 * those with the scope `admin`. bull-board itself knows no callers.
 *
 * A request passes the hooks of the API first (is it stopping, may it come from there, does a foreign page send it), then who calls
 * and what they may, and only then bull-board, which is loaded by the first that gets so far.
 */
import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { namedQualityOf } from '../../core/accept.ts';
import { ForewarmError } from '../../core/errors.ts';
import { actAs } from '../../flow/actor.ts';
import { type Caller, demand, isRead } from '../access.ts';
import { pathOf } from '../problem.ts';
import type { Server } from '../server.ts';
import { signInPage } from './board-page.ts';
import type { BoardServer, BoardServerDeps } from './board-server.ts';
import { BOARD_PATH, type BoardSource, SESSION_PATH } from './board-source.ts';
import type { Sessions } from './sessions.ts';

export interface BullBoardDeps {
  readonly source: BoardSource;
  readonly sessions: Sessions;
  readonly label: string;
  readonly bodyLimit: number;
}

export function mountBullBoard(app: Server, deps: BullBoardDeps): void {
  const { source, sessions } = deps;
  const boards = new Boards(deps);
  app.addHook('onRequest', async (request, reply) => {
    const path = pathOf(request.raw.url);
    if (path === SESSION_PATH || !(path === BOARD_PATH || path.startsWith(`${BOARD_PATH}/`))) return;
    const caller = letIn(sessions, request, reply, path);
    if (caller === undefined) return reply;
    if (path === BOARD_PATH) return reply.redirect('bull-board/', 308);
    const board = await boards.open(!caller.scopes.includes('admin'));
    if (path.startsWith(`${BOARD_PATH}/api/`)) await board.refresh();
    const act = { method: request.method, path: path.slice(BOARD_PATH.length) };
    reply.hijack();
    actAs({ who: caller.name, way: 'api' }, () => {
      if (!isRead(request)) noteEnd(reply.raw, source.begin(act));
      board.serve(request.raw, reply.raw);
    });
    return reply;
  });
  app.addHook('onClose', () => boards.close());
}

/** Undefined where a page was sent that says how to get in. Throws `E_UNAUTHENTICATED` and `E_FORBIDDEN`. */
function letIn(
  sessions: Sessions,
  request: FastifyRequest,
  reply: FastifyReply,
  path: string,
): Caller | undefined {
  try {
    const caller = sessions.identify(request.raw);
    demand(caller, isRead(request) ? 'read' : 'admin');
    return caller;
  } catch (error) {
    const isUnknown = error instanceof ForewarmError && error.code === 'E_UNAUTHENTICATED';
    if (!isUnknown || !isRead(request) || namedQualityOf(request.headers.accept, 'text/html') === 0)
      throw error;
    reply.code(401).type('text/html; charset=utf-8').send(signInPage(path));
    return undefined;
  }
}

function noteEnd(response: ServerResponse, end: ReturnType<BoardSource['begin']>): void {
  response.once('close', () => {
    const { statusCode, writableFinished } = response;
    if (!writableFinished) end('failed', 'the client left before it was answered');
    else end(statusCode < 400 ? 'done' : 'failed', `status ${statusCode}`);
  });
}

/** Two of them: what one shows says whether anything can be changed. */
class Boards {
  readonly #deps: Omit<BoardServerDeps, 'isReadOnly'>;
  readonly #open = new Map<boolean, Promise<BoardServer>>();

  constructor(deps: Omit<BoardServerDeps, 'isReadOnly'>) {
    this.#deps = deps;
  }

  /** What could not be loaded is tried again by the next one who asks. */
  open(isReadOnly: boolean): Promise<BoardServer> {
    const known = this.#open.get(isReadOnly);
    if (known !== undefined) return known;
    const opened = import('./board-server.ts').then(({ openBoard }) =>
      openBoard({ ...this.#deps, isReadOnly }),
    );
    this.#open.set(isReadOnly, opened);
    opened.catch(() => this.#open.delete(isReadOnly));
    return opened;
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#open.values());
    await Promise.all(opened.map((each) => (each.status === 'fulfilled' ? each.value.close() : undefined)));
  }
}
