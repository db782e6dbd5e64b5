/** How ioredis gets its sockets, and what is mended there. */
import { type RedisOptions as ClientOptions, SentinelConnector } from 'ioredis';
import { StandaloneConnector } from 'ioredis/built/connectors/index.js';
import { messageOf } from '../core/errors.ts';

type Connector = NonNullable<ClientOptions['Connector']>;
type Connect = SentinelConnector['connect'];
type Socket = Awaited<ReturnType<Connect>>;

/** ioredis says so when a connection is given up while it is being made. */
const GIVEN_UP = 'Connection is closed.';

/**
 * ioredis listens to the first error of a socket only. One with TLS may report another after that has destroyed it, such as the
 * alert with which the server answers, and an error that nobody hears ends the process.
 */
function heard(socket: Socket): Socket {
  return socket.on('error', () => undefined);
}

// For all clients, since ioredis also opens some by itself, which take no connector: to sentinels, and for a cluster's messages.
const connectToServer = StandaloneConnector.prototype.connect;
StandaloneConnector.prototype.connect = async function connect(emitter) {
  return heard(await connectToServer.call(this, emitter));
};

/**
 * For a server that sentinels watch. News of a failover makes ioredis drop the connection, so that it finds the new server. When the
 * news comes while it is connecting already, it takes that for the owner's wish, and the client ends for good: so here it begins
 * again, while `isWanted`.
 */
export function toWatched(isWanted: () => boolean): Connector {
  class WatchedConnector extends SentinelConnector {
    override async connect(...emitter: Parameters<Connect>): Promise<Socket> {
      for (;;) {
        try {
          return heard(await super.connect(...emitter));
        } catch (error) {
          if (!isWanted() || messageOf(error) !== GIVEN_UP) throw error;
        }
      }
    }
  }
  // ioredis gives it the options of its client.
  return WatchedConnector as Connector;
}
