/** An application of a chaos run: it reads, sets, invalidates and asks for refreshes, and tells the checker all of it. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Connection, connect } from 'forewarm';
import { messageOf } from '../../src/core/errors.ts';
import { seeded } from '../support/chaos-tier.ts';
import { endWithChecker, type Orders, orders, tell, watchStalls } from './child.ts';
import { mono } from './mono.ts';
import { ALL_KEYS, BY_FENCE, BY_PREFIX, BY_WALK, KEYS, LOOKS_AGAIN, type Selection } from './plan.ts';
import { plant } from './planted.ts';
import type { Read } from './records.ts';
import { Troubles } from './troubles.ts';

const READERS = 12;
/** Longest pauses between what one loop does, in ms. */
const PAUSES = { read: 80, set: 250, invalidate: 600, refresh: 200 } as const;
/** How many invalidations are by which selection, the others by one key; and how many warm again or only make stale. */
const SHARES = { fence: 0.03, prefix: 0.05, walk: 0.05, rewarm: 0.6, stale: 0.4 } as const;
const TELL_EVERY = 100;

class Application {
  readonly #orders: Orders;
  readonly #reader: Connection;
  readonly #random: () => number;
  readonly #troubles: Troubles;
  #reads: Read[] = [];
  #sets = 0;
  #quiet = false;

  constructor(given: Orders, reader: Connection) {
    this.#orders = given;
    this.#reader = reader;
    this.#random = seeded(given.seed);
    this.#troubles = new Troubles(reader);
  }

  start(): void {
    for (let i = 0; i < READERS; i += 1)
      void this.#loop(
        PAUSES.read,
        () => this.#read(),
        () => false,
      );
    const writes = [
      [PAUSES.set, () => this.#set()],
      [PAUSES.invalidate, () => this.#invalidate()],
      [PAUSES.refresh, () => this.#refresh()],
    ] as const;
    const loops = writes.map(([ms, act]) => this.#loop(ms, act, () => this.#quiet));
    void Promise.all(loops).then(() => tell({ kind: 'quiet' }));
    setInterval(() => this.#flush(), TELL_EVERY);
  }

  /** Only reads from now on. */
  quiet(): void {
    this.#quiet = true;
  }

  async #loop(ms: number, act: () => Promise<void>, ended: () => boolean): Promise<void> {
    while (!ended()) {
      await pause(this.#random() * ms);
      if (!ended()) await act();
    }
  }

  #one<T>(list: readonly T[]): T {
    const item = list[Math.floor(this.#random() * list.length)];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  }

  async #read(): Promise<void> {
    const count = this.#random() < 0.2 ? 4 : 1;
    const keys = Array.from({ length: count }, () => this.#one(ALL_KEYS));
    const begin = mono();
    const answers = await Promise.allSettled(keys.map((key) => this.#reader.get(key)));
    const end = mono();
    const by = this.#orders.name;
    const trouble = this.#troubles.since(begin, 'get');
    const lately = this.#troubles.since(begin - LOOKS_AGAIN, 'get');
    keys.forEach((key, i) => {
      this.#reads.push({ by, key, begin, end, trouble, lately, ...said(key, answers[i]) });
    });
  }

  async #set(): Promise<void> {
    const key = this.#one(KEYS.note);
    this.#sets += 1;
    const value = `${this.#orders.life}-${this.#sets}`;
    await tell({ kind: 'setting', value, key, begin: mono() });
    await this.#reader.set(key, { key, id: value }).catch(() => undefined);
    await tell({ kind: 'set', value, end: mono() });
  }

  async #invalidate(): Promise<void> {
    const luck = this.#random();
    const { selector, keys, fenced } = this.#selection(luck);
    const rewarm = this.#random() < SHARES.rewarm;
    const mode = this.#random() < SHARES.stale ? 'stale' : 'drop';
    const begin = mono();
    await tell({ kind: 'invalidating', what: selector, mode, fenced, keys, begin });
    let error: string | undefined;
    try {
      if (rewarm || keys.length > 1)
        await this.#reader.verbs.invalidate({ selector, mode, rewarm, dryRun: false }, 'api');
      else await this.#reader.invalidate(keys, { mode });
    } catch (caught) {
      error = messageOf(caught);
    }
    const end = mono();
    const missed = fenced ? [] : this.#troubles.since(begin, 'put');
    const blind = missed.length + this.#troubles.since(begin, 'get').length > 0;
    await tell({ kind: 'invalidated', begin, end, missed, blind, ...(error !== undefined && { error }) });
  }

  #selection(luck: number): Selection {
    if (luck < SHARES.fence) return this.#one(BY_FENCE);
    if (luck < SHARES.fence + SHARES.prefix) return this.#one(BY_PREFIX);
    if (luck < SHARES.fence + SHARES.prefix + SHARES.walk) return this.#one(BY_WALK);
    const key = this.#one(ALL_KEYS);
    return { selector: `key=${key}`, keys: [key], fenced: false };
  }

  async #refresh(): Promise<void> {
    const wish = { force: true, missing: false };
    const selector = `key=${this.#one(KEYS.page)}`;
    await this.#reader.verbs.warm({ selector, ...wish }, 'api').catch(() => undefined);
  }

  #flush(): void {
    const reads = this.#reads;
    this.#reads = [];
    if (reads.length > 0) void tell({ kind: 'reads', reads });
  }
}

function said(key: string, answer: PromiseSettledResult<unknown> | undefined): Pick<Read, 'value' | 'error'> {
  if (answer?.status !== 'fulfilled') return { value: undefined, error: messageOf(answer?.reason) };
  if (answer.value === undefined) return { value: undefined };
  // Everything that is stored in these runs looks like this.
  const body = answer.value as { readonly key: string; readonly id: string };
  return body.key === key ? { value: body.id } : { value: undefined, error: `it is a value of ${body.key}` };
}

const given = orders();
if (given.bug !== undefined) plant(given.bug);
endWithChecker();
watchStalls((from, to) => void tell({ kind: 'stalled', from, to }));
const reader = await connect({ config: given.config, env: {} });
reader.on('problem', ({ where, error }) => {
  void tell({ kind: 'problem', at: mono(), text: `${where}: ${messageOf(error)}` });
});
const application = new Application(given, reader);
process.on('message', () => application.quiet());
await tell({ kind: 'ready' });
application.start();
