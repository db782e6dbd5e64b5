import { hideKnown } from '../core/known-secrets.ts';
import type { HttpListener } from './http/server.ts';
import type { SqlListener } from './sql/operations.ts';

type Listener = HttpListener & SqlListener;

/** The same listener, which hears no secret that a part of a host or the name of a database is. Every call of an origin goes to one, or to a few. */
export function discreetListener(listener: Listener, secrets: readonly string[]): Listener {
  const shown = new Map<string, string>();
  const show = (name: string) => {
    const known = shown.get(name);
    if (known !== undefined) return known;
    const hidden = hideKnown(name, secrets);
    shown.set(name, hidden);
    return hidden;
  };
  const placed = <T extends { readonly server_address: string }>(told: T): T => {
    const server_address = show(told.server_address);
    return server_address === told.server_address ? told : { ...told, server_address };
  };
  const { onRequest, onStatement } = listener;
  return {
    ...listener,
    ...(onRequest !== undefined && { onRequest: (told) => onRequest(placed(told)) }),
    ...(onStatement !== undefined && {
      onStatement: (told) => onStatement({ ...placed(told), db_namespace: show(told.db_namespace) }),
    }),
  };
}
