/** How much of what happens is logged, and for how long somebody wants it otherwise than it is configured. */
import type { Clock, Timer } from './clock.ts';
import { DAY_MS } from './units.ts';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevelName = (typeof LOG_LEVELS)[number];

/** What somebody wants: a level, or null for the configured one. Times in ms since the epoch. */
export interface LogLevelWish {
  readonly level: LogLevelName | null;
  readonly by: string;
  /** When it was said: of two wishes the later one counts. */
  readonly at: number;
  /** Until when; then the configured level counts again. */
  readonly until: number;
}

/** The level from now on, until a time (ms since the epoch) where it is not the configured one. */
export type LevelChange = {
  readonly to: LogLevelName;
  readonly by: string;
  readonly until?: number;
};

/** How long a level lasts that is set while the process runs, unless told, and at most; in ms. Nobody has to remember to set it back. */
export const USUAL_LEVEL_MS = 600_000;
export const LONGEST_LEVEL_MS = DAY_MS;

export interface LogLevelDeps {
  readonly configured: LogLevelName;
  readonly clock: Clock;
  readonly onChange: (change: LevelChange) => void;
}

/** The level of this process. */
export class LogLevel {
  readonly configured: LogLevelName;
  readonly #clock: Clock;
  readonly #onChange: LogLevelDeps['onChange'];
  #wish: LogLevelWish | undefined;
  #last = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;

  constructor({ configured, clock, onChange }: LogLevelDeps) {
    this.configured = configured;
    this.#clock = clock;
    this.#onChange = onChange;
  }

  get level(): LogLevelName {
    return this.#wish?.level ?? this.configured;
  }

  /** Until when it is another one than is configured; undefined: it is not. */
  get until(): number | undefined {
    return this.#wish?.until;
  }

  /** Does what is wanted, unless that is over, or something else was wanted since. */
  follow(wish: LogLevelWish): void {
    if (wish.at <= this.#last || wish.until <= this.#clock.now()) return;
    this.#last = wish.at;
    this.#apply(wish.level === null ? undefined : wish, wish.by);
  }

  /** Debug for a while, or what is configured again. */
  toggle(by: string): void {
    const at = this.#clock.now();
    const level = this.#wish === undefined ? 'debug' : null;
    this.follow({ level, by, at: Math.max(at, this.#last + 1), until: at + USUAL_LEVEL_MS });
  }

  #apply(wish: LogLevelWish | undefined, by: string): void {
    this.#timer?.cancel();
    this.#wish = wish;
    if (wish !== undefined) {
      const left = wish.until - this.#clock.now();
      this.#timer = this.#clock.after(left, () => this.#apply(undefined, 'its time is over'));
    }
    const until = wish === undefined ? {} : { until: wish.until };
    this.#onChange({ to: this.level, by, ...until });
  }
}
