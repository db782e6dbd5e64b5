/** Time as the jobs Redis tells it: one clock for all processes, whatever those of their hosts say. */
import type { Clock, Timer } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { Repeat } from '../flow/repeat.ts';
import type { Service } from '../flow/service.ts';

export interface ServerClockDeps {
  /** Of this host. */
  readonly clock: Clock;
  /** The server's time: seconds, and microseconds of the second. Undefined while it does not answer. */
  readonly time: () => Promise<readonly (number | string)[] | undefined>;
  readonly events: Events;
  /** How often the server is asked, in ms. */
  readonly every: number;
}

/** Beside half of the round trip, how far clocks may be apart without being set, in ms: they are read in steps. */
const STEP_MS = 10;
/** A host's clock that is further off than this is reported, in ms. */
const REPORTED_MS = 1_000;

/**
 * Freshness, due times, runs and pauses are judged by this clock. It asks the server now and then, and goes on by the
 * monotonic clock in between, so that a host's clock may be wrong, or be set. Until the server has answered once it is the
 * host's.
 */
export class ServerClock implements Clock, Service {
  readonly name = 'server-clock';
  readonly #deps: ServerClockDeps;
  readonly #repeat: Repeat;
  /** What the monotonic clock is added to; undefined before the first answer. */
  #epoch: number | undefined;
  #reported = 0;

  constructor(deps: ServerClockDeps) {
    this.#deps = deps;
    const { clock, events, every } = deps;
    const onError = (error: unknown) => events.emit('problem', { where: this.name, error });
    this.#repeat = new Repeat({ clock, every, work: () => this.measure(), onError });
  }

  now(): number {
    const { clock } = this.#deps;
    return this.#epoch === undefined ? clock.now() : Math.floor(this.#epoch + clock.elapsed());
  }

  elapsed(): number {
    return this.#deps.clock.elapsed();
  }

  after(ms: number, fire: () => void): Timer {
    return this.#deps.clock.after(ms, fire);
  }

  /** Whether the server has told its time. */
  get isTold(): boolean {
    return this.#epoch !== undefined;
  }

  /** By how much the host's clock is behind the server's, in ms; negative when it is ahead. */
  get behind(): number {
    return this.now() - this.#deps.clock.now();
  }

  async start(): Promise<void> {
    this.#repeat.start();
  }

  async stop(deadline: number): Promise<void> {
    await this.#repeat.stop(deadline - this.behind);
  }

  /** Asks the server. Nothing changes while it does not answer, nor where the clocks agree as far as can be told. */
  async measure(): Promise<void> {
    const { clock, time } = this.#deps;
    const asked = clock.elapsed();
    const told = await time();
    if (told === undefined) return;
    const [seconds, micros] = told.map(Number);
    const server = (seconds ?? Number.NaN) * 1_000 + (micros ?? Number.NaN) / 1_000;
    if (!Number.isFinite(server)) {
      const said = JSON.stringify(told);
      throw new ForewarmError('E_REDIS_UNAVAILABLE', `the jobs Redis tells no time: ${said.slice(0, 100)}`);
    }
    const answered = clock.elapsed();
    // The server looked at its clock at some time in between.
    const epoch = server - (asked + answered) / 2;
    this.#epoch ??= clock.now() - answered;
    if (Math.abs(epoch - this.#epoch) > (answered - asked) / 2 + STEP_MS) this.#epoch = epoch;
    this.#report();
  }

  /** Once for each time that the host's clock goes wrong. */
  #report(): void {
    const { behind } = this;
    if (Math.abs(behind - this.#reported) <= REPORTED_MS) return;
    this.#reported = Math.abs(behind) > REPORTED_MS ? behind : 0;
    this.#deps.events.emit('clock:off', { behind: Math.round(behind) });
  }
}
