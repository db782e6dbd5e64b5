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
  NOAUTH: 'it asks for a password: put it into `redis.jobs`, such as redis://:PASSWORD@HOST',
  WRONGPASS: 'it does not take this user or password: correct those in `redis.jobs`',
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

/** The error of a server that is not there, at an address for people. */
export function unreachable(place: string, why: string, cause?: unknown): ForewarmError {
  const remedy = remedyOf(why) ?? 'start it, or change redis.jobs';
  const message = `cannot reach the Redis for jobs at ${place}: ${why}; ${remedy}`;
  return new ForewarmError('E_REDIS_UNAVAILABLE', message, cause === undefined ? {} : { cause });
}
