/**
 * Finds a Redis server to start. Plain JavaScript, because `scripts/prepare.mjs` asks it too, under a Node that may be too
 * old to read TypeScript; its types are in `find-redis.d.mts`.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** Where `scripts/prepare.mjs` unpacks a server for a user who cannot install packages. */
export const REDIS_DIST = join(PROJECT, '.forewarm', 'redis-dist');

/** What to do when there is no server, in one sentence. */
export const WAYS_OUT =
  'three ways out: install one with your package manager (`apt-get install redis-server`, `brew install redis`), ' +
  'or start everything in containers (`docker compose up`), or set REDIS_URL to a server that runs already';

/**
 * The server's path, or undefined: FOREWARM_REDIS_SERVER if it is set (a path, or a name on the PATH), else
 * `redis-server` or `valkey-server` on the PATH, else the one in the project's own folder.
 */
export function findRedisServer(env) {
  const wanted = env.FOREWARM_REDIS_SERVER;
  if (wanted) return wanted.includes('/') ? executable(resolve(wanted)) : onPath(wanted, env);
  return (
    onPath('redis-server', env) ??
    onPath('valkey-server', env) ??
    executable(join(REDIS_DIST, 'bin', 'redis-server'))
  );
}

function onPath(name, env) {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const found = isAbsolute(folder) ? executable(join(folder, name)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile() ? path : undefined;
  } catch {
    return undefined;
  }
}
