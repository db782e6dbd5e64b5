/** Loading a user's module of an origin, and what it must export. */
import { pathToFileURL } from 'node:url';
import { messageOf, OriginError } from '../../core/errors.ts';

type Callable = (argument: unknown) => unknown;

export interface UserModule {
  readonly fetchMany: Callable;
  readonly versionOf: Callable;
  readonly probe: Callable;
  readonly close: Callable;
  /** Whether it has a `versionOf` of its own. */
  readonly hasVersions: boolean;
}

/** What is not exported does nothing. Rejects with a permanent `OriginError` for what cannot be loaded, or has no `fetchMany`. */
export async function loadModule(name: string, file: string): Promise<UserModule> {
  const nothing = () => undefined;
  let module: Record<string, unknown>;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (cause) {
    throw new OriginError('permanent', `module of origin "${name}" cannot be loaded: ${messageOf(cause)}`, {
      cause,
    });
  }
  const { fetchMany, versionOf = nothing, probe = nothing, close = nothing } = exportsOf(module);
  for (const [verb, found] of Object.entries({ fetchMany, versionOf, probe, close })) {
    if (typeof found === 'function') continue;
    throw new OriginError('permanent', `module of origin "${name}" (${file}) exports no function "${verb}"`);
  }
  // Just checked; what they return is checked at each call.
  return { fetchMany, versionOf, probe, close, hasVersions: versionOf !== nothing } as UserModule;
}

/** By default, or by name. */
function exportsOf(module: Record<string, unknown>): Record<string, unknown> {
  const { default: whole } = module;
  return typeof whole === 'object' && whole !== null ? { ...whole } : module;
}
