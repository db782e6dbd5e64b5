import type { Redis } from 'ioredis';
import { sleep } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import { abortable } from '../../flow/abortable.ts';
import { settleBy } from '../../flow/deadline.ts';
import type { Service } from '../../flow/service.ts';
import { type RedisKeys, redisKeys } from '../../redis/keys.ts';
import { reply } from '../../redis/reply.ts';
import { runScript } from '../../redis/script.ts';
import { slices } from '../../redis/slices.ts';
import type { ExtendWrite } from '../tier.ts';
import type { Bus } from './bus.ts';
import type { BusHealth } from './bus-health.ts';
import { fieldOf, type Message, readExtensions, readMessage, writeExtensions } from './bus-message.ts';
import type { Fence } from './fences.ts';
import type { Invalidation } from './invalidation.ts';
import { LocalInvalidation, type LocalInvalidationDeps } from './local-invalidation.ts';
import { ANNOUNCE, WHERE } from './redis-bus-scripts.ts';

export interface RedisBusDeps extends LocalInvalidationDeps {
  /** The jobs Redis. */
  readonly redis: Redis;
  /** Makes a connection for blocking reads; the bus closes it. */
  readonly connect: () => Redis;
  readonly prefix: string;
  /** Names this process: what it announced it has done already. */
  readonly sender: string;
  /** Learns until when everything was heard, and when this process publishes something. */
  readonly busHealth: Pick<BusHealth, 'caughtUp' | 'published' | 'close'>;
}

/** Messages that the stream keeps for processes that come back: one that missed more forgets its memory. */
const KEPT = 10_000;
/** Messages about what was extended that are kept. */
const KEPT_EXTENSIONS = 100;
/** Keys per message. */
const SLICE = 500;
const BLOCK_MS = 1_000;
const PAGE = 100;
const RETRY_MS = 500;
/** How long Redis may take to answer a start; after that, more may have been published than is kept. */
const SOON_MS = 500;

/**
 * The bus on a Redis stream. A stream remembers: a process that was cut off continues after the last message it has seen. One
 * that starts listens from then on, and in the background replays everything that is kept, since the disk of its host may
 * have missed it. Stamps make it harmless to hear a message twice, or late.
 *
 * Extended values are published in a short stream of their own, which a process reads from its start on: losing one costs a
 * read.
 */
export class RedisBus implements Bus, Service {
  readonly name = 'bus';
  readonly #deps: RedisBusDeps;
  readonly #keys: RedisKeys;
  readonly #local: LocalInvalidation;
  #listening:
    | { readonly client: Redis; readonly done: Promise<void>; readonly stop: AbortController }
    | undefined;
  /** The id and the number of the last message that was heard. */
  #last = '0-0';
  #lastExtension = '0-0';
  #begun = false;
  #startedAt = 0;
  #heard = 0;
  #replayed: Promise<void> = Promise.resolve();

  constructor(deps: RedisBusDeps) {
    this.#deps = deps;
    this.#keys = redisKeys(deps.prefix);
    this.#local = new LocalInvalidation(deps);
  }

  async announce(invalidation: Invalidation): Promise<void> {
    for (const keys of slices(invalidation.keys, SLICE)) {
      await this.#publish({ kind: 'keys', ...invalidation, keys });
    }
  }

  async fenced(fences: readonly Fence[]): Promise<void> {
    for (const slice of slices(fences, SLICE)) await this.#publish({ kind: 'fences', fences: slice });
  }

  async extended(writes: readonly ExtendWrite[]): Promise<void> {
    const { redis, sender } = this.#deps;
    for (const slice of slices(writes, SLICE)) {
      const text = writeExtensions(slice);
      const kept = ['MAXLEN', '~', KEPT_EXTENSIONS] as const;
      await reply(redis.xadd(this.#keys.extensions(), ...kept, '*', 'sender', sender, 'extended', text));
    }
  }

  async #publish(message: Message): Promise<void> {
    const { redis, sender, busHealth } = this.#deps;
    const args = [String(KEPT), sender, JSON.stringify(message)];
    await reply(runScript(redis, ANNOUNCE, this.#numbered, args));
    busHealth.published();
  }

  async start(): Promise<void> {
    if (this.#listening !== undefined) return;
    const stop = new AbortController();
    const client = this.#deps.connect();
    this.#startedAt = this.#deps.clock.elapsed();
    // What memory gets from now on is as new as the tiers it comes from.
    this.#deps.busHealth.caughtUp(this.#startedAt);
    this.#listening = { client, stop, done: this.#listen(client, stop.signal) };
  }

  async stop(deadline: number): Promise<void> {
    const listening = this.#listening;
    this.#listening = undefined;
    if (listening === undefined) return;
    listening.stop.abort(new Error('the bus stops'));
    listening.client.disconnect();
    const ended = listening.done.then(() => this.#replayed).then(() => this.#local.settled());
    await settleBy(this.#deps.clock, deadline, ended);
    // Only now: what was being heard until the end sets its timer again.
    if (this.#listening === undefined) this.#deps.busHealth.close();
  }

  async #listen(client: Redis, signal: AbortSignal): Promise<void> {
    const { events, clock } = this.#deps;
    while (!signal.aborted) {
      try {
        await this.#read(client, signal);
      } catch (error) {
        if (signal.aborted) return;
        events.emit('problem', { where: 'bus', error });
        await sleep(clock, RETRY_MS, signal).catch(() => undefined);
      }
    }
  }

  async #read(client: Redis, signal: AbortSignal): Promise<void> {
    if (!this.#begun) await this.#begin(client, signal);
    // What is announced from here on may come only with the next answer, however late this one is processed.
    const asked = this.#deps.clock.elapsed();
    const from = [
      'STREAMS',
      this.#keys.invalidations(),
      this.#keys.extensions(),
      this.#last,
      this.#lastExtension,
    ] as const;
    // A client that is disconnected while it reconnects never settles its commands.
    const answer = await abortable(signal, client.xread('COUNT', PAGE, 'BLOCK', BLOCK_MS, ...from));
    let full = false;
    for (const [stream, messages] of answer ?? []) {
      full ||= stream === this.#keys.invalidations() && messages.length === PAGE;
      for (const [id, fields] of messages) {
        if (stream === this.#keys.invalidations()) await this.#hear(id, fields, signal);
        else await this.#extend(id, fields, signal);
      }
    }
    if (answer === null) await this.#checkCount(client, signal);
    if (!full) this.#deps.busHealth.caughtUp(asked);
  }

  /**
   * Listens from now on. What memory got before may have been invalidated unheard: those messages are among the first to be
   * replayed; after a longer wait for Redis they may be lost. What was extended before is of no use to it.
   */
  async #begin(client: Redis, signal: AbortSignal): Promise<void> {
    const last = client.xrevrange(this.#keys.extensions(), '+', '-', 'COUNT', 1);
    const [extension] = await abortable(signal, last);
    const { count, newest } = await this.#where(client, signal);
    if (this.#deps.clock.elapsed() - this.#startedAt > SOON_MS) await this.#local.forgetMemory();
    else await this.#deps.fences.sync();
    this.#lastExtension = extension?.[0] ?? '0-0';
    this.#last = newest ?? '0-0';
    this.#heard = count;
    this.#begun = true;
    if (newest !== undefined) this.#replayed = this.#replayed.then(() => this.#replay(newest, signal));
  }

  /** Applies everything that is kept, from this message back in time, page by page. */
  async #replay(newest: string, signal: AbortSignal): Promise<void> {
    const { redis, events, clock } = this.#deps;
    let from = newest;
    for (let more = true; more && !signal.aborted; ) {
      try {
        const page = await abortable(
          signal,
          redis.xrevrange(this.#keys.invalidations(), from, '-', 'COUNT', PAGE),
        );
        for (const [id, fields] of page) {
          await this.#take(id, fields, signal);
          from = `(${id}`;
        }
        await abortable(signal, this.#local.settled());
        more = page.length === PAGE;
      } catch (error) {
        if (signal.aborted) return;
        events.emit('problem', { where: 'bus', error });
        await sleep(clock, RETRY_MS, signal).catch(() => undefined);
      }
    }
  }

  /** Nothing came: because nothing was published, or because it was lost and nothing was published since. */
  async #checkCount(client: Redis, signal: AbortSignal): Promise<void> {
    const { count, after } = await this.#where(client, signal);
    if (count === this.#heard) return;
    // A Redis that lost its data counts from one, and its messages may come before the last one that was heard.
    if (count < this.#heard) this.#begun = false;
    else if (after > 0) return;
    this.#heard = count;
    await this.#forgetMemory();
  }

  async #where(client: Redis, signal: AbortSignal) {
    const asked = runScript(client, WHERE, this.#numbered, [this.#last]);
    // The script's last line.
    const [count, newest, after] = (await abortable(signal, asked)) as [string, string, number];
    return { count: Number(count), newest: newest || undefined, after };
  }

  /** Messages were lost, so nothing in memory can be trusted. */
  async #forgetMemory(): Promise<void> {
    const error = new Error('messages were lost while the bus was away; memory starts anew');
    this.#deps.events.emit('problem', { where: 'bus', error });
    await this.#local.forgetMemory();
  }

  async #hear(id: string, fields: readonly string[], signal: AbortSignal): Promise<void> {
    const number = Number(fieldOf(fields, 'n'));
    if (number !== this.#heard + 1) await this.#forgetMemory();
    this.#heard = number;
    await this.#take(id, fields, signal);
    this.#last = id;
  }

  async #take(id: string, fields: readonly string[], signal: AbortSignal): Promise<void> {
    if (fieldOf(fields, 'sender') === this.#deps.sender) return;
    const message = this.#readable(id, () => readMessage(fieldOf(fields, 'message')));
    if (message?.kind === 'fences') this.#deps.fences.learn(message.fences);
    else if (message !== undefined) await this.#local.apply(message, signal);
  }

  async #extend(id: string, fields: readonly string[], signal: AbortSignal): Promise<void> {
    this.#lastExtension = id;
    if (fieldOf(fields, 'sender') === this.#deps.sender) return;
    const writes = this.#readable(id, () => readExtensions(fieldOf(fields, 'extended')));
    if (writes !== undefined) await this.#local.extend(writes, signal);
  }

  #readable<T>(id: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      const problem = new Error(`message ${id} cannot be read: ${messageOf(error)}`);
      this.#deps.events.emit('problem', { where: 'bus', error: problem });
      return undefined;
    }
  }

  /** The messages, and the count that numbers them. */
  get #numbered(): readonly string[] {
    return [this.#keys.invalidations(), this.#keys.invalidationCount()];
  }
}
