import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type Clock, sleep } from '../core/clock.ts';
import { ERRORS, ForewarmError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import type { InvalidationMode } from '../core/invalidation-mode.ts';
import { quote } from '../core/quote.ts';
import { formatSelector, parseSelector, selectorFromObject } from '../core/selector/selector-grammar.ts';
import { actAs } from '../flow/actor.ts';
import { settleBy } from '../flow/deadline.ts';
import type { Service } from '../flow/service.ts';
import { type RedisKeys, redisKeys } from '../redis/keys.ts';
import type { InvalidationVerbs } from '../verbs/invalidations.ts';

export interface RedisInboxDeps {
  /** Makes a connection to the jobs Redis for blocking reads; the inbox closes it. */
  readonly connect: () => Redis;
  readonly prefix: string;
  readonly verbs: InvalidationVerbs;
  readonly clock: Clock;
  readonly events: Events;
}

/** One consumer group, with one consumer, for all processes: it does not matter which of them takes a message. */
const GROUP = 'forewarm';
const BLOCK_MS = 5_000;
const COUNT = 10;
const RETRY_MS = 1_000;
/** Who leaves a message does not say who it is. */
const SOMEBODY = { who: 'inbox', way: 'inbox' } as const;
/** A message that was taken but is not done after this time, in ms, is taken by another process. */
const TAKEN_MS = 30_000;

type Message = readonly [id: string, fields: readonly string[]];

/**
 * Where programs that do not know Forewarm leave invalidations, with one `XADD`. One of the processes does what a message asks
 * for, and removes it. A message waits for the first process that starts, which takes it up before it serves.
 */
export class RedisInbox implements Service {
  readonly name = 'inbox';
  readonly #deps: RedisInboxDeps;
  readonly #keys: RedisKeys;
  #open: { readonly client: Redis; readonly stop: AbortController; readonly done: Promise<void> } | undefined;

  constructor(deps: RedisInboxDeps) {
    this.#deps = deps;
    this.#keys = redisKeys(deps.prefix);
  }

  async start(): Promise<void> {
    if (this.#open !== undefined) return;
    const client = this.#deps.connect();
    const stop = new AbortController();
    const first = Promise.withResolvers<void>();
    this.#open = { client, stop, done: this.#listen(client, stop.signal, first.resolve) };
    await first.promise;
  }

  async stop(deadline: number): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    open.stop.abort(new Error('the inbox is closed'));
    open.client.disconnect();
    await settleBy(this.#deps.clock, deadline, open.done);
  }

  /** `looked` is called when what was there has been done, or cannot be. */
  async #listen(client: Redis, signal: AbortSignal, looked: () => void): Promise<void> {
    let ready = false;
    while (!signal.aborted) {
      try {
        if (!ready) await this.#prepare(client);
        const waiting = ready ? await this.#next(client, BLOCK_MS) : await this.#next(client, undefined);
        for (const message of waiting) await this.#take(client, message);
        if (waiting.length > 0) continue;
        for (const message of await this.#abandoned(client)) await this.#take(client, message);
        ready = true;
      } catch (error) {
        ready = false;
        if (!signal.aborted) this.#deps.events.emit('problem', { where: 'inbox', error });
        await sleep(this.#deps.clock, RETRY_MS, signal).catch(() => undefined);
      }
      looked();
    }
    looked();
  }

  async #prepare(client: Redis): Promise<void> {
    try {
      await client.xgroup('CREATE', this.#key, GROUP, '0', 'MKSTREAM');
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('BUSYGROUP'))) throw error;
    }
  }

  async #next(client: Redis, block: number | undefined): Promise<readonly Message[]> {
    const group = ['GROUP', GROUP, GROUP, 'COUNT', COUNT] as const;
    const from = ['STREAMS', this.#key, '>'] as const;
    const answer =
      block === undefined
        ? await client.xreadgroup(...group, ...from)
        : await client.xreadgroup(...group, 'BLOCK', block, ...from);
    return streams.parse(answer ?? []).flatMap(([, messages]) => messages);
  }

  /** Takes over messages of a process that died before it was done. */
  async #abandoned(client: Redis): Promise<readonly Message[]> {
    const answer = await client.xautoclaim(this.#key, GROUP, GROUP, TAKEN_MS, '0', 'COUNT', COUNT);
    return claimed.parse(answer)[1].filter((message) => message !== null);
  }

  /** What cannot be understood is removed; what cannot be done now stays, to be taken again. */
  async #take(client: Redis, [id, fields]: Message): Promise<void> {
    try {
      await this.#do(fields);
    } catch (error) {
      this.#deps.events.emit('problem', { where: `inbox, message ${id}`, error });
      if (!(error instanceof ForewarmError) || ERRORS[error.code].status >= 500) return;
    }
    await client.multi().xack(this.#key, GROUP, id).xdel(this.#key, id).exec();
  }

  async #do(fields: readonly string[]): Promise<void> {
    const { selector, mode, rewarm } = requestOf(fields);
    const { verbs } = this.#deps;
    await actAs(SOMEBODY, () =>
      selector === undefined
        ? verbs.clear({ mode, rewarm }, 'api')
        : verbs.invalidate({ selector, mode, rewarm, dryRun: false }, 'api'),
    );
  }

  get #key(): string {
    return this.#keys.inbox();
  }
}

const message = z.tuple([z.string(), z.array(z.string())]);
const streams = z.array(z.tuple([z.string(), z.array(message)]));
const claimed = z.tuple([z.string(), z.array(message.nullable())]).rest(z.unknown());

const LISTS = { tag: 'tags', source: 'sources', key: 'keys', prefix: 'prefixes' } as const;

export interface InboxRequest {
  /** Undefined: everything. */
  readonly selector: string | undefined;
  readonly mode: InvalidationMode;
  readonly rewarm: boolean;
}

/** What the fields of a message ask for. Throws `E_REQUEST_INVALID` or `E_SELECTOR_INVALID`. */
export function requestOf(fields: readonly string[]): InboxRequest {
  const lists = new Map<string, string[]>();
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? '';
    const values = lists.get(name) ?? [];
    values.push(fields[i + 1] ?? '');
    lists.set(name, values);
  }
  const last = (name: string) => {
    const value = lists.get(name)?.at(-1);
    lists.delete(name);
    return value;
  };
  const mode = last('mode') ?? 'stale';
  if (mode !== 'stale' && mode !== 'drop') throw invalid(`mode ${quote(mode)} is neither stale nor drop`);
  const how = { mode, rewarm: isYes('rewarm', last('rewarm')) } as const;
  const all = isYes('all', last('all'));
  const text = last('selector');
  const named = selectorFromObject(
    Object.fromEntries(
      Object.entries(LISTS).map(([name, member]) => {
        const values = lists.get(name) ?? [];
        lists.delete(name);
        return [member, values];
      }),
    ),
  );
  const [unknown] = lists.keys();
  if (unknown !== undefined) throw invalid(`field ${quote(unknown)} is unknown; ${KNOWN}`);
  const selector = [formatSelector(named), text ?? ''].filter((part) => part !== '');
  if (selector.length + (all ? 1 : 0) !== 1)
    throw invalid(`it must name what is outdated, in one way; ${KNOWN}`);
  return { selector: all ? undefined : formatSelector(parseSelector(selector)), ...how };
}

const KNOWN = 'there are tag, source, key and prefix, or selector, or all; and mode, rewarm';

function isYes(name: string, value: string | undefined): boolean {
  if (value === undefined || value === 'no') return false;
  if (value === 'yes') return true;
  throw invalid(`${name} ${quote(value)} is neither yes nor no`);
}

function invalid(problem: string): ForewarmError {
  return new ForewarmError('E_REQUEST_INVALID', `a message of the inbox cannot be understood: ${problem}`);
}
