import { Queue as Lane } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Clock } from '../core/clock.ts';
import { within } from '../flow/deadline.ts';
import { Errand, offErrand } from '../flow/errand.ts';
import { PATIENCE } from '../flow/patience.ts';
import type { Problems } from './bullmq-problems.ts';

/** Entries of BullMQ's event stream that each lane keeps. Nothing of ours reads it. */
const EVENTS_KEPT = 1_000;

export interface BullLanesDeps {
  readonly redis: Redis;
  readonly clock: Clock;
  readonly problems: Problems;
  /** Before every key of a lane. Throws for what cannot name one. */
  readonly prefixOf: (name: string) => string;
}

/** BullMQ's queues, one for each lane: for adding, and for looking; the latter leave nothing behind where nothing is. */
export class BullLanes {
  readonly #deps: BullLanesDeps;
  readonly #lanes = { add: new Map<string, Lane>(), ask: new Map<string, Lane>() };
  readonly #hasGreeted = new WeakSet<Lane>();

  constructor(deps: BullLanesDeps) {
    this.#deps = deps;
  }

  /**
   * A lane waits for its connection, and first of all for the server's answer to its greeting, whoever asks it. The connection itself
   * knows how long somebody who waits may wait for a server; the greeting, on nobody's errand, would last as long as a server hangs.
   */
  async greeted(name: string, use: 'add' | 'ask'): Promise<Lane> {
    const { redis, clock } = this.#deps;
    const lane = this.#lane(name, use);
    if (redis.status === 'ready' && this.#hasGreeted.has(lane)) return lane;
    await redis.ping();
    const greeting = () => lane.waitUntilReady();
    const late = () => new Error(`no answer within ${PATIENCE.errand / 1_000} s`);
    await (Errand.current() === undefined ? greeting() : within(clock, PATIENCE.errand, greeting, late));
    this.#hasGreeted.add(lane);
    return lane;
  }

  async close(): Promise<void> {
    const { add, ask } = this.#lanes;
    const lanes = [...add.values(), ...ask.values()];
    add.clear();
    ask.clear();
    await Promise.all(lanes.map((lane) => lane.close()));
  }

  #lane(name: string, use: 'add' | 'ask'): Lane {
    const known = this.#lanes.add.get(name) ?? this.#lanes[use].get(name);
    if (known !== undefined) return known;
    const { redis, problems, prefixOf } = this.#deps;
    const events = { maxLen: EVENTS_KEPT };
    const options = { prefix: prefixOf(name), streams: { events }, skipMetasUpdate: use === 'ask' };
    // It greets the server once, for everybody who will use it.
    const lane = offErrand(() => new Lane(name, { connection: redis, ...options }));
    lane.on('error', (error) => problems.report(`queue ${name}`, error));
    this.#lanes[use].set(name, lane);
    return lane;
  }
}
