import type { ProcessBeat, Registry } from '../catalog/registry.ts';
import type { Clock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import type { ProcessState } from '../core/health.ts';
import type { KnownNames } from '../core/known-names.ts';
import type { LogLevel } from '../core/log-level.ts';
import type { Statistics } from '../core/metrics/statistics.ts';
import { settleBy } from '../flow/deadline.ts';
import { Repeat } from '../flow/repeat.ts';
import type { Service } from '../flow/service.ts';

export interface PresenceDeps {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly events: Events;
  readonly id: string;
  readonly roles: readonly string[];
  readonly host: string;
  readonly pid: number;
  /** By how much the clock of this host is behind that of the jobs Redis, in ms; undefined: not known. */
  readonly clockBehind?: () => number | undefined;
  /** What this process is configured with. */
  readonly knows?: KnownNames;
  /** Of its log; absent without one. It follows what others want of it. */
  readonly logLevel?: LogLevel | undefined;
  /** How this process is; absent without roles. */
  readonly state?: () => ProcessState;
  /** What the memory tier of this process holds. */
  readonly memory: () => Promise<ProcessBeat['memory']>;
  /** What this process has done so far. */
  readonly statistics: () => Statistics;
}

const EVERY_MS = 4_000;
/** How long stopping may wait for the registry, in ms; without it the others notice soon after that the process is gone. */
const LEAVE_MS = 1_000;

/** Reports to the registry that this process lives, what it has done, and what its memory holds: a memory tier belongs to its process. */
export class Presence implements Service {
  readonly name = 'presence';
  readonly #deps: PresenceDeps;
  readonly #repeat: Repeat;
  #startedAt: number | undefined;
  #first: Promise<void> = Promise.resolve();

  constructor(deps: PresenceDeps) {
    this.#deps = deps;
    const { clock } = deps;
    this.#repeat = new Repeat({ clock, every: EVERY_MS, work: () => this.#beat(), onError: this.#problem });
  }

  async start(): Promise<void> {
    if (this.#startedAt !== undefined) return;
    this.#startedAt = this.#deps.clock.now();
    this.#repeat.start();
    this.#first = this.#beat().catch(this.#problem);
    await this.#first;
  }

  async stop(deadline: number): Promise<void> {
    if (this.#startedAt === undefined) return;
    this.#startedAt = undefined;
    const { registry, clock, id } = this.#deps;
    const end = Math.min(deadline, clock.now() + LEAVE_MS);
    await settleBy(clock, end, Promise.all([this.#first, this.#repeat.stop(end)]));
    await settleBy(clock, end, registry.leave(id).catch(this.#problem));
  }

  readonly #problem = (error: unknown) => this.#deps.events.emit('problem', { where: 'presence', error });

  async #beat(): Promise<void> {
    const { registry, clock, id, roles, host, pid, knows, memory, statistics } = this.#deps;
    const held = await memory();
    await this.#followLevel();
    const startedAt = this.#startedAt;
    if (startedAt === undefined) return;
    const now = { seenAt: clock.now(), memory: held, statistics: statistics(), ...this.#condition() };
    await registry.beat({ id, roles, host, pid, startedAt, ...(knows !== undefined && { knows }), ...now });
  }

  /** What is wanted of this process, or of all: what was said last. */
  async #followLevel(): Promise<void> {
    const { registry, clock, id, logLevel } = this.#deps;
    if (logLevel === undefined) return;
    const wishes = await registry.logLevels(clock.now());
    const own = [wishes.get('all'), wishes.get(id)].filter((wish) => wish !== undefined);
    for (const wish of own.toSorted((a, b) => a.at - b.at)) logLevel.follow(wish);
  }

  #condition(): Pick<ProcessBeat, 'behind' | 'state' | 'log'> {
    const { clockBehind, state } = this.#deps;
    return { behind: clockBehind?.(), state: state?.(), ...this.#level() };
  }

  #level(): Pick<ProcessBeat, 'log'> {
    const { logLevel } = this.#deps;
    if (logLevel === undefined) return {};
    const { level, configured, until } = logLevel;
    return { log: { level, configured, ...(until !== undefined && { until }) } };
  }
}
