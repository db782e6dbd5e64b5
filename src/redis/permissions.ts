/**
 * What a user of the jobs Redis must be allowed, as rules of `ACL SETUSER`, and whether one is: each family of commands, and each
 * pattern of names, is tried by a command that changes nothing.
 */
import type { Redis } from 'ioredis';
import { messageOf } from '../core/errors.ts';
import { entryKey, redisKeys } from './keys.ts';
import { lacksRight } from './refusals.ts';

interface Prefixes {
  /** `redis.prefix` */
  readonly records: string;
  /** `tiers.redis.prefix`; undefined where entries are on another server. */
  readonly entries: string | undefined;
}

/** What commands are needed, whatever they are about. The last ones are counted as dangerous, and only tell of the server. */
const COMMANDS = ['-@all', '+@read', '+@write', '+@scripting', '+@transaction', '+@connection'];
const OUTSIDE_OF_THEM = ['-@dangerous', '+info', '+time'];

/** The names of what BullMQ keeps begin with a brace, so they are not under the prefix. */
export function permissionRules({ records, entries }: Prefixes): readonly string[] {
  const lanes = redisKeys(records).lane('').replace(/\}$/, '');
  const names = [`~${records}:*`, `~${lanes}*`, ...(entries === undefined ? [] : [`~${entries}*`])];
  return [...names, ...COMMANDS, ...OUTSIDE_OF_THEM];
}

/** What the user of this connection may not do: the server's own words, each once. Rejects when the server does not answer. */
export async function lackingPermissions(redis: Redis, prefixes: Prefixes): Promise<readonly string[]> {
  const replies = await Promise.all(
    probes(prefixes).map(([name, ...args]) => redis.call(name, ...args).then(() => undefined, refusalOf)),
  );
  return [...new Set(replies.filter((reply) => reply !== undefined))];
}

type Probe = readonly [name: string, ...args: string[]];

function probes({ records, entries }: Prefixes): readonly Probe[] {
  const names = [redisKeys(records).idempotency('doctor'), redisKeys(records).queueProbe()];
  if (entries !== undefined) names.push(entryKey(entries, 'forewarm-doctor-probe-of-permissions'));
  return [
    ...names.flatMap((name): Probe[] => [
      ['EXISTS', name],
      ['DEL', name],
    ]),
    ['EVAL', 'return redis.call("DEL", KEYS[1])', '1', names[1] ?? ''],
    // Of a script that no server knows.
    ['EVALSHA', '0'.repeat(40), '1', names[1] ?? ''],
    ['PING'],
    ['TIME'],
    ['INFO', 'server'],
    ['DISCARD'],
  ];
}

function refusalOf(error: unknown): string | undefined {
  const message = messageOf(error);
  if (lacksRight(message)) return message;
  // To discard what was not begun, or to run what is not known, is a mistake, and allowed.
  if (/^ERR DISCARD|^NOSCRIPT/.test(message)) return undefined;
  throw error;
}
