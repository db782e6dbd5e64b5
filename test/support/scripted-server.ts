/** A real HTTP server on loopback that answers as the test says, and records what it was asked for. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Script = (response: ServerResponse, asked: Asked) => void;

export interface ScriptedServer {
  readonly url: string;
  readonly asked: Asked[];
  /** Connections that were opened. */
  readonly connections: number;
  answer(script: Script): void;
  /** The next call to arrive, before it is answered. */
  arrival(): Promise<void>;
  /** Accepts no more connections, and closes the open ones. */
  close(): Promise<void>;
}

/** Closed when the test ends. Answers 404 until it is told otherwise. */
export async function startScriptedServer(): Promise<ScriptedServer> {
  let script: Script = (response) => response.writeHead(404).end();
  let connections = 0;
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const call = { method, url, headers, body: await text(request) };
    asked.push(call);
    script(response, call);
    server.emit('arrival');
  });
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const close = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  onTestFinished(close);
  return {
    url: `http://127.0.0.1:${address.port}`,
    asked,
    get connections() {
      return connections;
    },
    answer: (next) => {
      script = next;
    },
    arrival: async () => {
      await once(server, 'arrival');
    },
    close,
  };
}

/** A script that answers JSON. */
export function json(value: unknown, headers: Record<string, string> = {}, status = 200): Script {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(value));
  };
}

/** A script that answers a status and nothing else. */
export function status(code: number, headers: Record<string, string> = {}): Script {
  return (response) => response.writeHead(code, headers).end();
}
