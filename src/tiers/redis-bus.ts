import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type Clock, sleep } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import { abortable } from '../flow/abortable.ts';
import type { Service } from '../flow/service.ts';
import type { Bus } from './bus.ts';
import { type Invalidation, invalidateIn, tombstone } from './invalidation.ts';
import { runScript, script } from './redis-scripts.ts';
import type { Tier } from './tier.ts';

export interface RedisBusDependencies {
  /** The jobs Redis. */
  readonly redis: Redis;
  /** Makes a connection for blocking reads; the bus closes it. */
  readonly connect: () => Redis;
  readonly prefix: string;
  /** Names this process: what it announced it has done already. */
  readonly sender: string;
  /** The tiers that this process or this host has for itself; shared tiers were invalidated before the announcement. */
  readonly tiers: readonly Tier[];
  readonly clock: Clock;
  readonly events: Events;
}

/** Messages that the stream keeps for those who come back: beyond it, the memory of a process starts anew. */
const KEPT = 10_000;
/** Keys per message. */
const SLICE = 500;
const BLOCK_MS = 2_000;
const PAGE = 100;
const RETRY_MS = 500;

/** KEYS stream, counter. ARGV kept, sender, invalidation. Numbers messages, so that a receiver notices that it missed one. */
const ANNOUNCE = script(`
local n = redis.call('INCR', KEYS[2])
return redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'n', n, 'sender', ARGV[2], 'invalidation', ARGV[3])
`);

const message = z.object({
  source: z.string(),
  keys: z.array(z.string()),
  mode: z.enum(['drop', 'stale']),
  stamp: z.number(),
  at: z.number(),
});

/**
 * The bus on a Redis stream. A stream remembers: who was cut off reads on from the last message it has seen, and a process
 * that starts reads everything that is kept, since the disk of its host may have missed it. Stamps make hearing a message
 * twice harmless.
 */
export class RedisBus implements Bus, Service {
  readonly name = 'bus';
  readonly #parts: RedisBusDependencies;
  #listening:
    | { readonly client: Redis; readonly done: Promise<void>; readonly stop: AbortController }
    | undefined;
  /** The id and the number of the last message that was heard. */
  #last = '0-0';
  #heard: number | undefined;

  constructor(parts: RedisBusDependencies) {
    this.#parts = parts;
  }

  async announce(invalidation: Invalidation): Promise<void> {
    const { redis, sender } = this.#parts;
    const { keys } = invalidation;
    for (let i = 0; i < keys.length; i += SLICE) {
      const text = JSON.stringify({ ...invalidation, keys: keys.slice(i, i + SLICE) });
      await runScript(redis, ANNOUNCE, [this.#stream, this.#counter], [String(KEPT), sender, text]);
    }
  }

  async start(): Promise<void> {
    if (this.#listening !== undefined || this.#parts.tiers.length === 0) return;
    const stop = new AbortController();
    const client = this.#parts.connect();
    this.#listening = { client, stop, done: this.#listen(client, stop.signal) };
  }

  async stop(): Promise<void> {
    const listening = this.#listening;
    this.#listening = undefined;
    if (listening === undefined) return;
    listening.stop.abort(new Error('the bus stops'));
    listening.client.disconnect();
    await listening.done;
  }

  async #listen(client: Redis, signal: AbortSignal): Promise<void> {
    const { events, clock } = this.#parts;
    while (!signal.aborted) {
      try {
        const read = client.xread('COUNT', PAGE, 'BLOCK', BLOCK_MS, 'STREAMS', this.#stream, this.#last);
        // A client that is disconnected while it reconnects leaves its commands without an answer.
        const answer = await abortable(signal, read);
        for (const [, messages] of answer ?? [])
          for (const [id, fields] of messages) await this.#hear(id, fields, signal);
      } catch (error) {
        if (signal.aborted) return;
        events.emit('problem', { where: 'bus', error });
        await sleep(clock, RETRY_MS, signal).catch(() => undefined);
      }
    }
  }

  /** Messages are missing: anything in memory may be out of date. Disks keep what they have, behind Redis's tombstones. */
  async #forgetMemory(): Promise<void> {
    const { events, tiers, clock } = this.#parts;
    const error = new Error('messages were lost while the bus was away; memory starts anew');
    events.emit('problem', { where: 'bus', error });
    for (const tier of tiers) {
      if (tier.traits.reach !== 'process') continue;
      await tier.sweep(clock.now() + FOREVER_MS, Number.MAX_SAFE_INTEGER, NEVER);
    }
  }

  async #hear(id: string, fields: readonly string[], signal: AbortSignal): Promise<void> {
    const at = (name: string) => fields[fields.indexOf(name) + 1] ?? '';
    const number = Number(at('n'));
    if (this.#heard !== undefined && number !== this.#heard + 1) await this.#forgetMemory();
    this.#heard = number;
    if (at('sender') !== this.#parts.sender) {
      const parsed = message.safeParse(parseJson(at('invalidation')));
      if (parsed.success)
        await Promise.all(this.#parts.tiers.map((tier) => this.#apply(tier, parsed.data, signal)));
      else
        this.#parts.events.emit('problem', {
          where: 'bus',
          error: new Error(`message ${id} cannot be read: ${z.prettifyError(parsed.error)}`),
        });
    }
    this.#last = id;
  }

  /** A tombstone in memory sends readers to the tiers below; a disk keeps what may still be served. */
  async #apply(tier: Tier, invalidation: Invalidation, signal: AbortSignal): Promise<void> {
    try {
      if (tier.traits.reach === 'process') {
        await tier.putMany(
          invalidation.keys.map((key) => tombstone(invalidation, key)),
          signal,
        );
        return;
      }
      const heads = async (keys: readonly string[]) =>
        (await tier.getMany(keys, 'head', signal)).map((entry) => entry?.head);
      await invalidateIn({ heads, put: (writes) => tier.putMany(writes, signal) }, invalidation);
    } catch (error) {
      if (!signal.aborted) this.#parts.events.emit('problem', { where: `bus, tier ${tier.name}`, error });
    }
  }

  get #counter(): string {
    return `${this.#parts.prefix}:{bus}:count`;
  }

  get #stream(): string {
    return `${this.#parts.prefix}:{bus}:invalidations`;
  }
}

const NEVER = new AbortController().signal;
/** Later than any entry is gone. */
const FOREVER_MS = 100 * 365 * 86_400_000;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
