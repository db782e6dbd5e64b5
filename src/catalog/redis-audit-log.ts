import type { Redis } from 'ioredis';
import { z } from 'zod';
import { ForewarmError } from '../core/errors.ts';
import { quote } from '../core/quote.ts';
import { WAYS } from '../flow/actor.ts';
import { redisKeys } from '../redis/keys.ts';
import { recordFrom } from '../redis/record.ts';
import { reply } from '../redis/reply.ts';
import { runScript, script } from '../redis/script.ts';
import {
  type Action,
  type ActionPage,
  type ActionRequest,
  AUDIT_OUTCOMES,
  type AuditLog,
  type RecordedAction,
} from './audit-log.ts';

export interface RedisAuditLogDeps {
  /** The jobs Redis. */
  readonly redis: Redis;
  readonly prefix: string;
  /** So many actions are kept, none of them for longer than so many ms. */
  readonly kept: number;
  readonly maxAge: number;
}

/** A reply that was lost is noticed within seconds: what is sent again is among so many. */
const LATEST = 50;
/** Actions that are read in one go where a filter leaves some of them out. */
const SLICE = 500;

/** KEYS audit (stream {key, action: JSON}). ARGV key, action, how many are kept, for how many ms. */
const ADD = script(
  1,
  `
for _, entry in ipairs(redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', ${LATEST})) do
  if entry[2][2] == ARGV[1] then return 0 end
end
redis.call('XADD', KEYS[1], 'MAXLEN', '=', ARGV[3], '*', 'key', ARGV[1], 'action', ARGV[2])
local t = redis.call('TIME')
redis.call('XTRIM', KEYS[1], 'MINID', '=', string.format('%.0f', t[1] * 1000 + math.floor(t[2] / 1000) - ARGV[4]))
return 1
`,
);

/** The audit log on the jobs Redis: a stream, whose ids are the server's time. */
export class RedisAuditLog implements AuditLog {
  readonly #deps: RedisAuditLogDeps;
  readonly #key: string;

  constructor(deps: RedisAuditLogDeps) {
    this.#deps = deps;
    this.#key = redisKeys(deps.prefix).audit();
  }

  async add(key: string, action: Action): Promise<void> {
    const { redis, kept, maxAge } = this.#deps;
    await reply(runScript(redis, ADD, [this.#key], [key, JSON.stringify(action), kept, maxAge]));
  }

  async list(filter: ActionRequest, limit: number, cursor: string | undefined): Promise<ActionPage> {
    const { who, verb, since, until } = filter;
    if (cursor !== undefined && !CURSOR.test(cursor)) throw noCursor(cursor);
    const count = who === undefined && verb === undefined ? limit : SLICE;
    const actions: RecordedAction[] = [];
    let end = cursor === undefined ? (until === undefined ? '+' : String(Math.floor(until))) : `(${cursor}`;
    for (;;) {
      const start = since === undefined ? '-' : String(Math.ceil(since));
      const entries = await reply(this.#deps.redis.xrevrange(this.#key, end, start, 'COUNT', count));
      for (const [id, fields] of entries) {
        if (actions.length === limit) return { actions, cursor: end.slice(1) };
        end = `(${id}`;
        const action = actionOf(id, fields);
        if (action !== undefined && fits(action, filter)) actions.push(action);
      }
      if (entries.length < count) return { actions, cursor: undefined };
      if (actions.length === limit) return { actions, cursor: end.slice(1) };
    }
  }
}

const CURSOR = /^\d{1,15}-\d{1,10}$/;

function noCursor(cursor: string): ForewarmError {
  const message = `${quote(cursor)} is not a cursor of the audit log; leave it out to start over`;
  return new ForewarmError('E_REQUEST_INVALID', message);
}

function fits({ who, verb }: RecordedAction, filter: ActionRequest): boolean {
  return (filter.who ?? who) === who && (filter.verb ?? verb) === verb;
}

const stored = z.object({
  who: z.string(),
  way: z.enum(WAYS),
  verb: z.string(),
  about: z.string(),
  note: z.string(),
  outcome: z.enum(AUDIT_OUTCOMES),
  result: z.string(),
  ms: z.number(),
});

/** Undefined for what is no action: one that cannot be read hides no other. */
function actionOf(id: string, fields: readonly string[]): RecordedAction | undefined {
  const at = fields.findIndex((name, i) => i % 2 === 0 && name === 'action');
  const action = at < 0 ? undefined : recordFrom(stored, fields[at + 1] ?? '');
  return action && { ...action, id, at: Number(id.split('-', 1)[0]) };
}
