/** Why a connection is not there: a command on it hears only that it cannot be sent. */
import type { Cluster, Redis } from 'ioredis';
import { messageOf } from '../core/errors.ts';

const lastErrors = new WeakMap<Redis | Cluster, string>();

/** What ioredis says of a command that it cannot send, whatever the cause. */
const UNSENT = /^(?:Stream isn't writeable|Connection is closed|Cluster isn't ready)/;

/** Keeps the last error of a connection until it is ready again. */
export function keepLastError(client: Redis | Cluster): void {
  client.on('error', (error: unknown) => lastErrors.set(client, messageOf(error)));
  client.on('ready', () => lastErrors.delete(client));
}

/** Why a command on this connection failed: where it could not be sent, what keeps the connection from being made. */
export function reasonOf(client: Redis | Cluster, error: unknown): string {
  const message = messageOf(error);
  if (!UNSENT.test(message)) return message;
  return lastErrors.get(client) ?? 'the connection is being made';
}
