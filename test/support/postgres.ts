/** A real PostgreSQL of the test's own, over the wire: PGlite behind a socket, and a proxy that can hold back its answers. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

export interface Postgres {
  /** Where to connect; through the proxy. */
  readonly url: string;
  /** Runs statements beside all connections, and may write. */
  exec(sql: string): Promise<void>;
  /** Queries that came through the proxy, as the bytes of their messages; settings that connections begin with are none. */
  readonly queries: string[];
  /** The next query has come through. */
  arrival(): Promise<void>;
  /** From now on queries are not answered. */
  hold(): void;
  /** Cuts all connections and accepts no more, until `open`. */
  shut(): Promise<void>;
  /** Back to the start: no prepared statements, no record of queries, nothing held back. */
  open(): Promise<void>;
  close(): Promise<void>;
}

/** PGlite has a single session: prepared statements and settings are shared by all connections. */
export async function startPostgres(): Promise<Postgres> {
  const db = await PGlite.create();
  const server = new PGLiteSocketServer({ db, port: 0, host: '127.0.0.1', maxConnections: 20 });
  await server.start();
  const target = Number(server.getServerConn().split(':')[1]);
  const sockets = new Set<Socket>();
  const queries: string[] = [];
  let arrivals = Promise.withResolvers<void>();
  let held = false;
  let port = 0;

  const relay = (client: Socket) => {
    const upstream = connect(target, '127.0.0.1');
    let silent = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (bytes) => {
      if (isQuery(bytes)) {
        queries.push(bytes.toString('latin1'));
        silent = held;
        arrivals.resolve();
        arrivals = Promise.withResolvers();
      }
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (!silent) client.write(bytes);
    });
  };

  let proxy = createServer(relay);
  const open = async () => {
    held = false;
    queries.length = 0;
    if (!proxy.listening) {
      proxy = createServer(relay).listen(port, '127.0.0.1');
      await once(proxy, 'listening');
      const address = proxy.address();
      port = address === null || typeof address === 'string' ? 0 : address.port;
    }
    await db.exec('DEALLOCATE ALL');
  };
  const shut = async () => {
    if (!proxy.listening) return;
    const closed = once(proxy, 'close');
    proxy.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await open();

  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    exec: async (sql) => {
      // A connection of ours may have forbidden it for the one session; a setting holds from the next transaction on.
      await db.exec('SET default_transaction_read_only TO off');
      await db.exec(sql);
    },
    queries,
    arrival: () => arrivals.promise,
    hold: () => {
      held = true;
    },
    shut,
    open,
    close: async () => {
      await shut();
      await server.stop();
      await db.close();
    },
  };
}

/** A query to be parsed, a prepared one to be bound, or a plain one; a connection's first steps are none of these. */
function isQuery(bytes: Buffer): boolean {
  const type = String.fromCharCode(bytes[0] ?? 0);
  if (!['P', 'B', 'Q'].includes(type)) return false;
  const text = bytes.toString('latin1');
  return !text.includes('SET statement_timeout') && !text.includes('pg_backend_pid');
}
