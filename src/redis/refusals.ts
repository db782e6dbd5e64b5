/** Refusals that say how a server is, and not that we made a mistake: what each means for its operator. */
import { ForewarmError } from '../core/errors.ts';

/** Error replies that are the server's own state, and what to do about each. */
const REMEDIES: Readonly<Record<string, string>> = {
  READONLY: 'it is a replica: name the server that takes writes in `redis.jobs`',
  OOM: 'its memory is full: raise `maxmemory`, or remove something',
  MISCONF: 'it cannot write to its disk: free some space, or read its log',
  LOADING: 'it still loads its data: try again soon',
  BUSY: 'a script runs too long on it: `SCRIPT KILL` ends that',
  MASTERDOWN: 'it is a replica that has lost its primary: name another server in `redis.jobs`',
  NOREPLICAS: 'it has too few replicas to take writes: start them, or lower `min-replicas-to-write`',
  NOAUTH: 'it asks for a password; write it into `redis.jobs`, before the host and an @',
  WRONGPASS: 'it does not take this user and this password; correct them in `redis.jobs`',
  NOPERM:
    'this user may not do that: give it the keys and commands of docs/operations.md, with `ACL SETUSER`',
};

/** What a script may not do comes without a code, in words that changed between versions. */
export function lacksRight(message: string): boolean {
  return /NOPERM |^ERR (ACL failure|The user executing the script)/.test(message);
}

/** What to do about a refusal that is the server's own state; undefined for any other. */
export function remedyOf(message: string): string | undefined {
  if (message.includes('DB index is out of range'))
    return 'correct the number of the database in `redis.jobs`, or raise `databases` of the server';
  const [code = ''] = lacksRight(message) ? ['NOPERM'] : message.split(' ', 1);
  return Object.hasOwn(REMEDIES, code) ? REMEDIES[code] : undefined;
}

/** A server, for people. */
export interface NamedServer {
  readonly name: 'the Redis for jobs' | 'the Redis for the cache';
  /** Its address, without secrets. */
  readonly place: string;
  readonly option: 'redis.jobs' | 'redis.cache';
}

export function jobsServer(place: string): NamedServer {
  return { name: 'the Redis for jobs', place, option: 'redis.jobs' };
}

export function cacheServer(place: string): NamedServer {
  return { name: 'the Redis for the cache', place, option: 'redis.cache' };
}

/** `the Redis for jobs at redis://host:6379` */
export function titleOf({ name, place }: NamedServer): string {
  return `${name} at ${place}`;
}

/** What to do about a server that is not there, or refuses. */
export function remedyAt({ option }: NamedServer, why: string): string {
  return remedyOf(why)?.replaceAll('redis.jobs', option) ?? `start it, or change ${option}`;
}

/** The error of a server that is not there. */
export function unreachable(server: NamedServer, why: string, cause?: unknown): ForewarmError {
  const message = `cannot reach ${titleOf(server)}: ${why}; ${remedyAt(server, why)}`;
  return new ForewarmError('E_REDIS_UNAVAILABLE', message, cause === undefined ? {} : { cause });
}
