/** What every server of a process has in common: where it may listen, and what is said when it cannot. */
import type { Server } from 'node:http';
import { isIP } from 'node:net';
import { z } from 'zod';
import { ForewarmError, messageOf } from '../core/errors.ts';

const HOST_MEANING =
  'is no address to listen at; write an IP address (without brackets and port) or a name, such as 127.0.0.1, :: or localhost';

/** An IP address, or the name of a host (RFC 1123); what is all digits and dots can only be meant as the former. */
function isHost(text: string): boolean {
  if (isIP(text) !== 0) return true;
  const isName = text
    .split('.')
    .every((label) => /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label));
  return isName && text.length <= 253 && !/^[\d.]+$/.test(text);
}

/** An option: the address to listen at. */
export const hostOption = () =>
  z.string().min(1, { abort: true }).refine(isHost, { message: HOST_MEANING }).default('127.0.0.1');

/** An option: the port to listen at; 0 is any free one. */
export const portOption = () => z.int().min(0).max(65_535);

/** One address, so that there is one server to stop: for the name, a server may listen on several. */
export function addressToBind(host: string): string {
  return host === 'localhost' ? '127.0.0.1' : host;
}

export interface ListenPlace {
  readonly host: string;
  readonly port: number;
}

/** `what` cannot listen there; `section` of the configuration says where it does. */
export function cannotListen(
  what: string,
  section: string,
  { host, port }: ListenPlace,
  cause: unknown,
): ForewarmError {
  const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
  const why = isTaken ? 'another program listens there' : messageOf(cause);
  return new ForewarmError(
    isTaken ? 'E_PORT_TAKEN' : 'E_CONFIG_INVALID',
    `${what} cannot listen on ${host} port ${port}: ${why}; change ${section}.host or ${section}.port`,
    { cause },
  );
}

/** For a server that listens on every address, one that works on this machine. */
export function urlOf(server: Pick<Server, 'address'>): string {
  const bound = server.address();
  const { address, port } = bound === null || typeof bound === 'string' ? { address: '', port: 0 } : bound;
  const name = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
