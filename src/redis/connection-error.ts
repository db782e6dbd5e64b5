/**
 * What happens to connections, in our words: which server it is, why it is not there, and what to do. Sockets and the client speak in
 * their own ("write EPIPE", "Stream isn't writeable and enableOfflineQueue options is false"), also to whoever only reads a value.
 */
import type { Cluster, Redis } from 'ioredis';
import { messageOf } from '../core/errors.ts';
import type { EventMap } from '../core/events.ts';
import { type NamedServer, remedyAt, remedyOf, titleOf, unreachable } from './refusals.ts';

type Client = Redis | Cluster;

interface Known {
  readonly server: NamedServer;
  /** What last ended the connection, or kept it from being made; undefined while it stands. */
  trouble: unknown;
}

const connections = new WeakMap<Client, Known>();
/** Errors of connections that were reported, each once, however many listen. */
const reported = new WeakSet<object>();

/** What ioredis says of a command that it cannot send, or was not answered, whatever the cause. */
const UNSENT =
  /^(?:Stream isn't writeable|Connection is closed|Cluster isn't ready|Cluster is disconnect|Reached the max retries|None of startup nodes|Failed to refresh slots|Too many Cluster redirections|Node is disconnected|No master node)/;

/** What errors of sockets, and of ioredis about itself, stand for; with their code, by which others know them. */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, 'nothing listens there (ECONNREFUSED)'],
  [/ENOENT/, 'there is no such socket (ENOENT)'],
  [/EACCES/, 'this user may not open its socket (EACCES)'],
  [/ECONNRESET|EPIPE/, 'it closes the connection (ECONNRESET)'],
  [/ETIMEDOUT/, 'no connection in time (ETIMEDOUT)'],
  [/ENOTFOUND|EAI_AGAIN/, 'no address is known of its host (ENOTFOUND)'],
  [/EHOSTUNREACH|ENETUNREACH/, 'no way leads to its host (EHOSTUNREACH)'],
  [/^Socket timeout/, 'it does not answer'],
  [/^All sentinels are unreachable/, 'no sentinel answers'],
  [/^None of startup nodes|^Failed to refresh slots/, 'no node of the cluster answers'],
  [/^Reached the max retries/, 'the connection was lost before it answered'],
  [/^Connection is closed|^Cluster is disconnect|^Node is disconnected/, 'the connection is closed'],
];

/** Names what a connection leads to, and keeps its last error until it is ready again. */
export function nameConnection(client: Client, server: NamedServer): void {
  const known: Known = { server, trouble: undefined };
  connections.set(client, known);
  client.on('error', (error: unknown) => {
    known.trouble = error;
  });
  client.on('ready', () => {
    known.trouble = undefined;
  });
}

/** What an error of a connection means, in a few words. */
export function meaningOf(error: unknown): string {
  const message = messageOf(error);
  // How HELLO is used is no news for a person.
  if (message.startsWith('NOAUTH ')) return 'NOAUTH Authentication required';
  // What the server itself says has a remedy, and stays as it is.
  if (remedyOf(message) !== undefined) return message;
  return MEANINGS.find(([pattern]) => pattern.test(message))?.[1] ?? message;
}

/** Why a connection is not there, as far as it is known. */
export function stateOf(client: Client): string {
  const { trouble } = connections.get(client) ?? {};
  if (trouble !== undefined) return meaningOf(trouble);
  return STATES[client.status] ?? `the connection is ${client.status}`;
}

/** Of the states of a client those in which nothing has gone wrong that is known. */
const STATES: Readonly<Record<string, string>> = {
  connecting: 'the connection is being made',
  connect: 'it accepts connections but does not answer, or still loads its data',
  reconnecting: 'the connection was lost',
  close: 'the connection was lost',
  end: 'the connection is closed',
};

/** What a command on this connection failed with: the server's own error, or that it could not be asked. */
export function failureOf(client: Client, error: unknown): unknown {
  const known = connections.get(client);
  const message = messageOf(error);
  if (known === undefined || !UNSENT.test(message)) return error;
  const isLost = client.status === 'ready' || known.trouble === undefined;
  const why = isLost && !/^(?:Stream|Cluster) isn't/.test(message) ? meaningOf(error) : stateOf(client);
  return unreachable(known.server, why, error);
}

/** Has commands that cannot be sent, or are not answered, rejected with an error of ours. */
export function translateFailures(client: Redis): void {
  const pass = client.sendCommand.bind(client);
  client.sendCommand = (command, stream) => {
    const { reject } = command;
    if (!translated.has(command)) command.reject = (error) => reject(failureOf(client, error) as Error);
    translated.add(command);
    return pass(command, stream);
  };
}

/** A client sends some commands again. */
const translated = new WeakSet<object>();

/** How an error of a connection to this server is reported. */
export function troubleOf(server: NamedServer, error: Error): EventMap['problem'] {
  reported.add(error);
  const why = meaningOf(error);
  const told = `${why}; ${remedyAt(server, why)}`;
  return { where: titleOf(server), error: new Error(told, { cause: error }) };
}

/** Whether an error that others hear of as well is reported already. */
export function isReported(error: unknown): boolean {
  return typeof error === 'object' && error !== null && reported.has(error);
}
