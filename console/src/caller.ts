/** What the server says of whoever looks: name, scopes, and what this installation is. The page offers by it; the API checks. */
import { effect, signal } from '@preact/signals';
import type { ApiOperations } from '../../src/api-client/client.ts';
import { client, isSignedIn } from './session.ts';

export type Caller = Awaited<ReturnType<ApiOperations['readCaller']>>;
export type Scope = Caller['scopes'][number];

/** Undefined until the server has said so. */
export const caller = signal<Caller | undefined>(undefined);

/** Keeps it current, as tokens come and go. */
export function followCaller(): void {
  effect(() => {
    caller.value = undefined;
    if (!isSignedIn.value) return;
    const leaving = new AbortController();
    client.value.readCaller({}, { signal: leaving.signal }).then(
      (found) => {
        caller.value = found;
      },
      () => undefined, // what is shown fails by itself, and says why
    );
    return () => leaving.abort();
  });
}

/** Why an action is not offered; undefined: it is. */
export function lacks(scope: Scope): string | undefined {
  const found = caller.value;
  if (found === undefined || found.scopes.includes(scope)) return undefined;
  return `needs the scope ${scope}; ${found.name} has ${found.scopes.join(', ') || 'none'}`;
}
