/**
 * A real Redis whose scripts take the time from a test's clock, and whose replies come late by that clock: so minutes of a ledger's
 * life pass in seconds, and are the same each time but for the order of what happens in one moment.
 */
import type { Redis } from 'ioredis';
import type { FakeClock } from './fake-clock.ts';

const TIME = "redis.call('TIME')";

export interface TimedRedisOptions {
  readonly clock: FakeClock;
  /** How late the next reply comes, in ms. */
  readonly lateMs: () => number;
  /** Changes a script, to plant a fault. */
  readonly plant?: (lua: string) => string;
}

export class TimedRedis {
  readonly #redis: Redis;
  readonly #options: TimedRedisOptions;
  /** Replies that the real server owes. */
  #owed = 0;

  constructor(redis: Redis, options: TimedRedisOptions) {
    this.#redis = redis;
    this.#options = options;
  }

  /** A connection of one process. Once it is dead, no reply comes any more. */
  connection(isDead: () => boolean): Redis {
    const call = (...command: (string | number)[]) => this.#call(command, isDead);
    const time = async () => this.#now().map(String);
    return new Proxy(this.#redis, {
      get(target, name) {
        if (name === 'call') return call;
        if (name === 'time') return time;
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
  }

  /** Lets time pass, and never while the server owes a reply. */
  async pass(ms: number): Promise<void> {
    const { clock } = this.#options;
    for (let passed = 0; passed < ms; passed += 1) {
      await clock.advance(1);
      while (this.#owed > 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #call([name, lua = '', ...rest]: (string | number)[], isDead: () => boolean): Promise<unknown> {
    if (name !== 'EVAL') throw new Error('NOSCRIPT: of one moment only');
    const { clock, lateMs, plant = (text) => text } = this.#options;
    const timed = plant(String(lua)).replaceAll(TIME, `{${this.#now().join(', ')}}`);
    this.#owed += 1;
    const reply = await this.#redis.eval(timed, ...(rest as [number, ...string[]])).finally(() => {
      this.#owed -= 1;
    });
    await new Promise<void>((resolve) => clock.after(lateMs(), resolve));
    return isDead() ? new Promise(() => undefined) : reply;
  }

  #now(): [seconds: number, micros: number] {
    const us = Math.round(this.#options.clock.now() * 1_000);
    return [Math.floor(us / 1_000_000), us % 1_000_000];
  }
}
